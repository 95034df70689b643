package import Storage
import Model
import Synchronization

/// Trailing windows in this process: for a server that is one process, and for each of several while their shared store is
/// away.
package final class MemoryRateWindows: RateWindows {
    private struct Windows {
        var rings: [String: (ring: RateRing, end: Int64)] = [:]
        /// How many keys lead to the next sweep, and when it may be at the earliest.
        var nextSweep = 1_024
        var nextSweepAt: Int64 = 0

        mutating func makeRoom(upTo maximum: Int, now: Int64) {
            guard rings.count >= nextSweep, now >= nextSweepAt else { return }
            rings = rings.filter { $0.value.end > now }
            // Each sweep is paid for by as many new keys as it left, or by the time since the last.
            nextSweep = min(maximum, max(1_024, rings.count * 2))
            nextSweepAt = now + 1_000_000
        }
    }

    private let windows = Mutex(Windows())
    private let maximumKeys: Int
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - maximumKeys: when so many callers are counted at once, new ones are refused with `limited`.
    ///   - now: microseconds of a clock that does not go back; a test moves it.
    package init(
        maximumKeys: Int = 100_000, now: @escaping @Sendable () -> Int64 = MemoryRateWindows.steadyMicroseconds
    ) {
        self.maximumKeys = maximumKeys
        self.now = now
    }

    package func admit(_ key: String, within bound: RateBound) async throws(StorageError) -> RateAdmission {
        let now = now()
        return try windows.withLock { windows throws(StorageError) in
            var ring = windows.rings[key]?.ring
            if ring == nil {
                windows.makeRoom(upTo: maximumKeys, now: now)
                guard windows.rings.count < maximumKeys else {
                    throw StorageError(.limited, "Rate limits are counted for \(maximumKeys) callers already.")
                }
            }
            let admission = ring.admit(at: now, within: bound)
            let counted = ring ?? RateRing()
            windows.rings[key] = (counted, counted.end(of: bound))
            return admission
        }
    }

    /// Microseconds since this process first asked.
    package static let steadyMicroseconds: @Sendable () -> Int64 = {
        let start = ContinuousClock.now
        return { (ContinuousClock.now - start).microseconds }
    }()
}

extension RateRing? {
    /// Admits a call into the ring, made first where there is none.
    fileprivate mutating func admit(at now: Int64, within bound: RateBound) -> RateAdmission {
        var ring = self ?? RateRing()
        defer { self = ring }
        return ring.admit(at: now, within: bound)
    }
}
