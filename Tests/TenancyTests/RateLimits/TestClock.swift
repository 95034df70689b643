import Synchronization

/// Microseconds that only the test moves.
final class TestClock: Sendable {
    private let value = Mutex<Int64>(0)

    var microseconds: Int64 { value.withLock { $0 } }

    /// The same as an instant.
    var instant: ContinuousClock.Instant { Self.start + .microseconds(microseconds) }

    private static let start = ContinuousClock.now

    func advance(_ microseconds: Int64) {
        value.withLock { $0 += microseconds }
    }
}
