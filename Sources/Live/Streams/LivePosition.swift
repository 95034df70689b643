/// How far a reader of a stream is: which numbering, and the number of the last event that it has.
package struct LivePosition: Hashable, Sendable, CustomStringConvertible {
    /// Names the numbering. Numbers of different epochs have nothing to do with each other.
    package let epoch: String
    /// The number of the last event; 0 before the first.
    package let seq: Int64

    package init(epoch: String, seq: Int64) {
        self.epoch = epoch
        self.seq = seq
    }

    /// Reads `epoch:seq`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...32).contains(parts[0].utf8.count), let seq = Int64(parts[1]), seq >= 0 else {
            return nil
        }
        self.init(epoch: String(parts[0]), seq: seq)
    }

    package var description: String { "\(epoch):\(seq)" }

    /// The form of every position.
    package static let pattern: String = "^[0-9a-z]{1,32}:[0-9]{1,18}$"
}
