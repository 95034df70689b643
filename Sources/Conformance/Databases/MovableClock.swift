package import Model
import Synchronization

/// Moves a database's `now_us()` for a test, so that no test waits for time to pass.
package final class MovableClock: Sendable {
    private let offsetValue = Mutex(Duration.zero)

    /// How far the database's clock is ahead of the system's.
    package var offset: Duration { offsetValue.withLock { $0 } }

    /// What a database with this clock thinks the time is.
    package var now: Timestamp { .now + offset }

    /// Moves the clock; the next transaction sees it.
    package func advance(by duration: Duration) {
        offsetValue.withLock { $0 += duration }
    }
}
