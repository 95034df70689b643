import NIOCore

/// The last events of one stream, numbered without gaps, and its latest report of progress.
struct StreamState {
    /// How many events are kept at most, and how many bytes of them.
    static let capacity = 500
    static let byteCapacity = 2 * 1_048_576

    /// What comes after some number.
    enum Next {
        case frames([LiveFrame])
        /// There is nothing yet.
        case nothing
        /// Not kept any more.
        case lost
    }

    let epoch: String
    /// The number of the last event.
    private(set) var seq: Int64
    /// Oldest first; the last one has the number ``seq``.
    private var kept: [LiveFrame] = []
    /// How many of them at the front were let go of.
    private var dropped = 0
    private var bytes = 0
    /// The latest report of progress, and how many there were.
    private(set) var tick: LiveFrame?
    private(set) var ticks = 0

    init(epoch: String, seq: Int64 = 0) {
        self.epoch = epoch
        self.seq = seq
    }

    var position: LivePosition { .init(epoch: epoch, seq: seq) }
    var count: Int { kept.count - dropped }
    private var oldest: Int64 { seq - Int64(count) + 1 }

    /// Adds the next event.
    mutating func append(_ frame: LiveFrame, seq number: Int64) {
        guard number > seq else { return }
        if number != seq + 1 { forget() }
        seq = number
        kept.append(frame)
        bytes += frame.json.readableBytes
        while count > Self.capacity || (count > 1 && bytes > Self.byteCapacity) {
            bytes -= kept[dropped].json.readableBytes
            dropped += 1
        }
        // Rarely, so that it costs nothing for each event.
        if dropped > Self.capacity {
            kept.removeFirst(dropped)
            dropped = 0
        }
    }

    /// Replaces the report of progress; nil when there is no progress any more.
    mutating func replace(tick frame: LiveFrame?) {
        tick = frame
        ticks += 1
    }

    /// Up to `limit` events after a number.
    func next(after number: Int64, limit: Int) -> Next {
        // A snapshot may be newer than what was read for the stream.
        guard number < seq else { return .nothing }
        guard number >= oldest - 1 else { return .lost }
        let start = dropped + Int(number - oldest + 1)
        return .frames(Array(kept[start..<min(start + limit, kept.count)]))
    }

    /// Whether a reader with this position can go on without a snapshot.
    func covers(_ position: LivePosition) -> Bool {
        guard position.epoch == epoch, position.seq <= seq else { return false }
        if case .lost = next(after: position.seq, limit: 1) { return false }
        return true
    }

    private mutating func forget() {
        kept = []
        dropped = 0
        bytes = 0
    }
}
