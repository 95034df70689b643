import Tracing

/// What is known of a span, within bounds.
struct SpanRecord: Sendable {
    static let maximumAttributes = 64
    static let maximumEvents = 32
    /// Longer texts are cut to so many bytes.
    static let longestText = 1_024

    let trace: TraceContext
    let parent: SpanID?
    var name: String
    let kind: SpanKind
    /// In nanoseconds since 1970.
    let start: UInt64
    var end: UInt64 = 0
    /// In the order in which they were set first; so few are found faster than their hashes.
    var attributes: [(name: String, value: SpanAttribute)] = []
    private(set) var droppedAttributes = 0
    private(set) var events: [SpanEvent] = []
    private(set) var droppedEvents = 0
    var status: SpanStatus?

    init(trace: TraceContext, parent: SpanID?, name: String, kind: SpanKind, start: UInt64) {
        self.trace = trace
        self.parent = parent
        self.name = name
        self.kind = kind
        self.start = start
    }

    subscript(name: String) -> SpanAttribute? { attributes.first { $0.name == name }?.value }

    mutating func set(_ name: String, _ value: SpanAttribute) {
        if let place = attributes.firstIndex(where: { $0.name == name }) {
            attributes[place].value = value
        } else if attributes.count < Self.maximumAttributes {
            attributes.append((name, value))
        } else {
            droppedAttributes += 1
        }
    }

    mutating func add(_ event: SpanEvent) {
        guard events.count < Self.maximumEvents else { return droppedEvents += 1 }
        events.append(event)
    }
}
