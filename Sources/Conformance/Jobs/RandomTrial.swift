import Model
import Storage
import Synchronization

/// Does random things to a job store and to a model of it that fits on two pages, and compares both after each step.
///
/// The model knows the rules of ``JobLifecycle``, who holds what, and nothing of lanes, tags or windows. A failure names the
/// seed and the step; `TEST_SEED` repeats that run.
package struct RandomTrial: Sendable {
    /// The same seed does the same things.
    package let seed: UInt64
    package let steps: Int

    package init(seed: UInt64, steps: Int) {
        self.seed = seed
        self.steps = steps
    }

    /// How long a step may take: within it, store and model may see different times.
    private static let longestStep: Duration = .seconds(1)

    /// Runs the steps on a new store; anew where the machine stood still for so long that a difference proves nothing.
    ///
    /// - Throws: ``BrokenPromise`` with the seed, the step and what it did.
    package func run(on fixture: StoreFixture) async throws {
        for _ in 0..<5 where try await isJudged(on: fixture) { return }
        throw NeverHappened("Five times in a row a step took more than \(Self.longestStep): the machine is too busy.")
    }

    /// Runs the steps once; false when a step differed that took too long to tell.
    private func isJudged(on fixture: StoreFixture) async throws -> Bool {
        let isLate = Mutex(false)
        try await fixture.withStore { trial in
            var course = RandomCourse(trial, seed: seed)
            for step in 1...steps {
                let began = ContinuousClock.now
                do {
                    try await course.step()
                } catch {
                    guard .now - began < Self.longestStep else { return isLate.withLock { $0 = true } }
                    throw BrokenPromise(
                        description: """
                            \(fixture), TEST_SEED=\(seed), step \(step): \(error)
                            The last steps: \(course.history.suffix(12).joined(separator: "; "))
                            """)
                }
            }
        }
        return !isLate.withLock { $0 }
    }
}

/// Random numbers from a seed (splitmix64, S. Vigna).
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
