import Synchronization

/// Adds up what several scenes have done at the same time.
final class Tally: Sendable {
    private let amounts: Mutex<[Int: Double]>

    init(of count: Int) {
        amounts = Mutex([:])
        amounts.withLock { $0.reserveCapacity(count) }
    }

    /// Sets one scene's amount and returns the sum.
    func set(_ amount: Double, for scene: Int) -> Double {
        amounts.withLock { amounts in
            amounts[scene] = amount
            return amounts.values.reduce(0, +)
        }
    }

    /// Adds to the common amount and returns the sum.
    func add(_ amount: Double) -> Double {
        amounts.withLock { amounts in
            amounts[0, default: 0] += amount
            return amounts.values.reduce(0, +)
        }
    }
}
