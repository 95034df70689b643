import Foundation

/// Places at which a test ends this process without warning, as `kill -9` would. Release builds have none of it.
///
/// `SUISHA_FAULT=claimed:3` ends the process when it comes to `claimed` for the third time.
package enum FaultPoint: String, Sendable, CaseIterable {
    /// Jobs are written and not committed.
    case submitting
    /// A change is committed, and what follows from it is not done: nothing is promoted, the index knows nothing.
    case changed
    /// The index has given jobs away, and the database knows nothing of it.
    case proposed
    /// A claim is written and not committed.
    case claiming
    /// Jobs are leased to this process, and it does not know yet.
    case claimed
    /// A handler has done its work, and nobody knows.
    case handled
    /// Outcomes are written and not committed.
    case finishing
    /// Jobs are promoted and not committed.
    case promoting
    /// Jobs of schedules are written and not committed.
    case firing
    /// What has lapsed or is due is read, and nothing is written.
    case sweeping

    /// Ends the process here when it was asked to.
    @inline(__always)
    package static func reach(_ place: FaultPoint) {
        #if DEBUG
            FaultPlan.shared?.reach(place)
        #endif
    }
}

#if DEBUG
    import Synchronization

    private final class FaultPlan: Sendable {
        static let shared = FaultPlan(ProcessInfo.processInfo.environment["SUISHA_FAULT"])

        private let place: FaultPoint
        private let count: Int
        private let reached = Atomic<Int>(0)

        private init?(_ text: String?) {
            guard let text else { return nil }
            let parts = text.split(separator: ":")
            guard let place = parts.first.flatMap({ FaultPoint(rawValue: String($0)) }) else { return nil }
            self.place = place
            count = parts.dropFirst().first.flatMap { Int($0) } ?? 1
        }

        func reach(_ place: FaultPoint) {
            guard place == self.place, reached.add(1, ordering: .relaxed).newValue == count else { return }
            kill(getpid(), SIGKILL)
            // The signal may take a moment; nothing may happen meanwhile.
            while true { sleep(1) }
        }
    }
#endif
