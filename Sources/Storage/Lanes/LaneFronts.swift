import Model
import Synchronization

/// How far the lines of busy lanes have been used up, remembered for a moment.
///
/// What was promoted stays in PostgreSQL's index as dead entries until it is vacuumed, and whoever looks for the first of a
/// line walks over all of them: after 150,000 jobs a look cost 1.4 ms instead of 0.1. So for a tenth of a second after a look
/// from the very front, the next ones start where the last one ended. Whatever this process puts ahead of that place has the
/// front looked at again; what another one puts there waits for at most that tenth.
final class LaneFronts: Sendable {
    /// A place in a line: jobs of the same priority behind this one are still there.
    struct Place: Sendable {
        var priority: Int64
        var job: JobID

        func isAhead(of other: Place) -> Bool {
            (priority, other.job) > (other.priority, job)
        }
    }

    private struct Front {
        var place: Place
        let until: ContinuousClock.Instant
    }

    private static let lifetime: Duration = .milliseconds(100)
    private static let maximumLanes = 4_096

    private let fronts = Mutex<[Lane: Front]>([:])

    /// Where to start looking; nil for the very front.
    func place(in lane: Lane) -> Place? {
        fronts.withLock { fronts in
            guard let front = fronts[lane] else { return nil }
            guard ContinuousClock.now < front.until else {
                fronts[lane] = nil
                return nil
            }
            return front.place
        }
    }

    /// Jobs up to this place have been taken from the line.
    func pass(_ place: Place, in lane: Lane) {
        fronts.withLock { fronts in
            let now = ContinuousClock.now
            if fronts.count >= Self.maximumLanes { fronts = fronts.filter { now < $0.value.until } }
            guard fronts.count < Self.maximumLanes else { return }
            fronts[lane] = Front(place: place, until: fronts[lane]?.until ?? now + Self.lifetime)
        }
    }

    /// Forgets the places that a change put jobs ahead of.
    func note(_ aftermath: Aftermath) {
        guard !aftermath.arrivals.isEmpty || !aftermath.returns.isEmpty else { return }
        fronts.withLock { fronts in
            for lane in aftermath.returns { fronts[lane] = nil }
            for (lane, arrival) in aftermath.arrivals {
                if let place = fronts[lane]?.place, arrival.isAhead(of: place) { fronts[lane] = nil }
            }
        }
    }
}
