/// A place in a trace, as W3C Trace Context hands it on: which trace, which span, and whether it is recorded.
package struct TraceContext: Hashable, Sendable {
    package let traceID: TraceID
    package let spanID: SpanID
    /// As they came; only the lowest bit has a meaning here.
    private let flags: UInt8

    init(traceID: TraceID, spanID: SpanID, isSampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        flags = isSampled ? 1 : 0
    }

    /// Whether whoever began the trace decided that it is recorded.
    package var isSampled: Bool { flags & 1 == 1 }

    /// Reads a `traceparent`; nil for anything that the recommendation says to ignore: uppercase digits, ids of zeros, a
    /// version `ff`, a version `00` with more behind it.
    package init?(traceparent text: String) {
        // Later versions may append parts; nobody needs more of them than this.
        guard (55...512).contains(text.utf8.count) else { return nil }
        let bytes = Array(text.utf8)
        let dash = UInt8(ascii: "-")
        guard bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = Hexadecimal.value(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || (version > 0 && bytes[55] == dash),
            let high = Hexadecimal.value(bytes[3..<19]), let low = Hexadecimal.value(bytes[19..<35]),
            let traceID = TraceID(high: high, low: low),
            let spanID = Hexadecimal.value(bytes[36..<52]).flatMap({ SpanID($0) }),
            let flags = Hexadecimal.value(bytes[53..<55])
        else { return nil }
        self.traceID = traceID
        self.spanID = spanID
        self.flags = UInt8(flags)
    }

    /// The value of the header `traceparent`, in version 00.
    package var traceparent: String { "00-\(traceID)-\(spanID)-\(Hexadecimal.text(flags))" }
}
