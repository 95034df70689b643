package import Model
import Synchronization

/// About how many different people and programs called in the last minutes. Names are not kept, and the memory is bounded.
package final class ActiveUsers: Sendable {
    private struct Slice {
        let number: Int64
        var seen = DistinctCount()
    }

    private static let slice: Duration = .seconds(30)
    /// Somebody counts as active for five minutes after a call, up to one slice more.
    private static let windowSlices: Int64 = 10

    private let slices = Mutex<[Slice]>([])

    package init() {}

    /// Somebody called.
    package func note(_ actor: Principal.Actor, at now: ContinuousClock.Instant = .now) {
        guard actor != .anonymous else { return }
        let number = Self.number(of: now)
        slices.withLock { slices in
            if slices.last.map({ $0.number < number }) ?? true {
                slices.removeAll { $0.number < number - Self.windowSlices }
                slices.append(Slice(number: number))
            }
            slices[slices.count - 1].seen.insert(actor.description)
        }
    }

    /// Who called in the window before `now`.
    func seen(at now: ContinuousClock.Instant) -> DistinctCount {
        let oldest = Self.number(of: now) - Self.windowSlices
        return slices.withLock { slices in
            slices.filter { $0.number >= oldest }.reduce(into: DistinctCount()) { $0.merge($1.seen) }
        }
    }

    private static let origin = ContinuousClock.now

    private static func number(of instant: ContinuousClock.Instant) -> Int64 {
        Int64((origin.duration(to: instant) / slice).rounded(.down))
    }
}
