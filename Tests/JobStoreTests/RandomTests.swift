import Conformance
import Foundation
import Testing

/// `make soak` repeats this with new seeds as long as asked.
@Suite("job store at random")
struct RandomTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// Seeds of this run: one that is named, or as many new ones as fit the budget.
    private static let seed: UInt64? = environment["TEST_SEED"].flatMap(UInt64.init)
    private static let budget: Duration? = environment["TEST_SOAK_SECONDS"].flatMap(Int.init).map { .seconds($0) }

    @Test("does what a model of two pages does, whatever comes (A2: case 53)", arguments: StoreFixture.all)
    func model(fixture: StoreFixture) async throws {
        let end = ContinuousClock.now + (Self.budget ?? .zero)
        repeat {
            let seed = Self.seed ?? UInt64.random(in: 0..<1 << 32)
            try await RandomTrial(seed: seed, steps: 250).run(on: fixture)
        } while Self.seed == nil && ContinuousClock.now < end
    }
}
