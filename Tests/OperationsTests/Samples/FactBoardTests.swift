import Conformance
import Model
import Storage
import Synchronization
import Testing

@testable import Operations

@Suite("What one node finds out for all (G2)")
struct FactBoardTests {
    /// A queue that the test fills, and that counts how often it was read.
    final class Queue: JobStatistics {
        let overviews = Mutex((value: JobOverview(), reads: 0))

        func overview() async throws(StorageError) -> JobOverview {
            overviews.withLock { state in
                state.reads += 1
                return state.value
            }
        }
    }

    private func withBoard(
        _ fixture: DatabaseFixture, _ body: (FactBoard, Queue, DatabaseTrial) async throws -> Void
    ) async throws {
        try await fixture.withDatabase(migrations: Migration.all + OperationsMigrations.all) { trial in
            let queue = Queue()
            try await body(FactBoard(database: trial.database, statistics: queue), queue, trial)
        }
    }

    /// A clock on which each look is a second later than the last, so a reading between two of them takes one.
    private static func clockOfSeconds() -> @Sendable () -> ContinuousClock.Instant {
        let looks = Atomic(0)
        let start = ContinuousClock.now
        return { start + .seconds(looks.add(1, ordering: .relaxed).newValue) }
    }

    @Test("many nodes that look read the queue once, and each knows how old it is", arguments: DatabaseFixture.all)
    func once(fixture: DatabaseFixture) async throws {
        try await withBoard(fixture) { board, queue, trial in
            let now = ContinuousClock.now
            // The first reading takes a second, so what it finds holds for fifty.
            let clock = Self.clockOfSeconds()
            queue.overviews.withLock {
                $0.value = JobOverview(states: [.ready: 3, .leased: 1], lag: .seconds(9), workers: 2)
            }
            _ = try await board.read(clock: clock)
            for _ in 0..<4 { _ = try await board.read { now } }
            #expect(queue.overviews.withLock { $0.reads } == 1)
            trial.clock.advance(by: .seconds(25))
            let facts = try #require(try await board.read { now }.facts)
            #expect(facts.states == [.ready: 3, .leased: 1] && facts.lag == .seconds(9) && facts.workers == 2)
            #expect((25...45).contains(facts.readAt.duration(to: now).fractionalSeconds))
            trial.clock.advance(by: .seconds(30))
            _ = try await board.read { now }
            #expect(queue.overviews.withLock { $0.reads } == 2)
        }
    }

    @Test("a queue that is slow to read is read seldom", arguments: DatabaseFixture.all)
    func cost(fixture: DatabaseFixture) async throws {
        try await withBoard(fixture) { board, queue, trial in
            let clock = Self.clockOfSeconds()
            _ = try await board.read(clock: clock)
            trial.clock.advance(by: .seconds(45))
            _ = try await board.read(clock: clock)
            #expect(queue.overviews.withLock { $0.reads } == 1)
            trial.clock.advance(by: .seconds(10))
            _ = try await board.read(clock: clock)
            #expect(queue.overviews.withLock { $0.reads } == 2)
        }
    }

    @Test("what a workspace had lately fades away, and the index says how even it is", arguments: DatabaseFixture.all)
    func fairness(fixture: DatabaseFixture) async throws {
        try await withBoard(fixture) { board, queue, trial in
            let (first, second) = (WorkspaceID(), WorkspaceID())
            func run(_ running: Int, _ others: Int) async throws -> QueueFacts {
                queue.overviews.withLock {
                    $0.value = JobOverview(workspaces: [
                        .init(workspace: first, running: running, waiting: 9),
                        .init(workspace: second, running: others, waiting: 9),
                    ])
                }
                trial.clock.advance(by: .seconds(60))
                return try #require(try await board.read { .now }.facts)
            }
            #expect(try await run(4, 0).fairness == 0.5)
            let later = try await run(0, 4)
            let share = try #require(later.shares.first { $0.workspace == first })
            #expect((1.3...1.6).contains(share.recent) && share.running == 0)
            for _ in 0..<8 { _ = try await run(2, 2) }
            #expect(try #require(try await run(2, 2).fairness) > 0.99)
        }
    }

    @Test("whether somebody looks is known for half a minute", arguments: DatabaseFixture.all)
    func watching(fixture: DatabaseFixture) async throws {
        try await withBoard(fixture) { board, _, trial in
            #expect(try await !board.read { .now }.isWatched)
            try await board.watch()
            #expect(try await board.read { .now }.isWatched)
            trial.clock.advance(by: .seconds(31))
            #expect(try await !board.read { .now }.isWatched)
        }
    }
}
