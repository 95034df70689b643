import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Synchronization
import Tenancy
import Testing

@Suite("The books hold whatever happens at once (B5)")
struct BookOrderTests {
    private func plans(jobs: Int64 = 3) throws -> PlanCatalog {
        try PlanCatalog(
            [
                Plan(
                    name: "small", title: "Small", limits: [.concurrentJobs: jobs, .processingMilliseconds: 1 << 40],
                    weight: 1, slots: nil, retentionDays: 1)
            ], initial: "small")
    }

    private func job(_ workspace: WorkspaceID, needs: [JobID] = []) -> NewJob {
        NewJob(
            workspace: workspace, kind: "trial", input: .emptyObject, inputHash: "hash", needs: needs,
            request: "req_1")
    }

    private func unfinished(_ trial: TenantTrial, _ workspace: WorkspaceID) async throws -> Int64? {
        try await trial.quotas.counters(of: workspace).first { $0.meter == Meter.concurrentJobs.rawValue }?.used
    }

    @Test(
        "a schedule whose queue is drained takes no room, and one that is paused takes it once",
        arguments: DatabaseFixture.all)
    func drained(fixture: DatabaseFixture) async throws {
        let plans = try plans()
        try await TenantTrial.run(fixture, plans: plans) { trial in
            let store = SQLJobStore(database: trial.database, books: TenantJobLedger(plans: plans))
            let id = try await trial.company(plan: "small").id
            _ = try await store.put(
                NewSchedule(
                    workspace: id, name: "every-minute", kind: "trial", input: .emptyObject, inputHash: "h",
                    cron: CronExpression(parsing: "* * * * *"), zone: .gmt, missed: .latest))
            for (mode, expected) in [(QueueMode.draining, 0), (.paused, 1), (.draining, 1), (.running, 2)] {
                try await store.setMode(mode, of: "trial", in: id)
                trial.trial.clock.advance(by: .seconds(61))
                _ = try await store.sweep()
                #expect(try await unfinished(trial, id) == Int64(expected), "\(mode)")
                #expect(try await trial.quotas.reconcile(id).isEmpty)
            }
        }
    }

    @Test(
        "a job that is cancelled where it is submitted takes no room, not even the last", arguments: DatabaseFixture.all
    )
    func canceledAtOnce(fixture: DatabaseFixture) async throws {
        let plans = try plans()
        try await TenantTrial.run(fixture, plans: plans) { trial in
            let store = SQLJobStore(database: trial.database, books: TenantJobLedger(plans: plans))
            let id = try await trial.company(plan: "small").id
            let need = try await store.submit([job(id)], maximumDepth: 100)[0].job.id
            _ = try await store.cancel(need, in: id)
            #expect(try await unfinished(trial, id) == 0)
            for _ in 0..<5 {
                let late = try await store.submit([job(id, needs: [need])], maximumDepth: 100)[0].job.id
                #expect(try await store.job(late, in: id)?.state == .canceled)
            }
            #expect(try await unfinished(trial, id) == 0)
            _ = try await store.submit((0..<3).map { _ in job(id) }, maximumDepth: 100)
            _ = try await store.submit([job(id, needs: [need])], maximumDepth: 100)
            #expect(try await unfinished(trial, id) == 3, "it needed no room, so it was taken")
            #expect(try await trial.quotas.reconcile(id).isEmpty)
        }
    }

    @Test("transactions that share workspaces in any order never wait for each other in a circle")
    func order() async throws {
        let plans = try plans(jobs: 100_000)
        try await TenantTrial.run(.postgres, plans: plans) { trial in
            var companies: [WorkspaceID] = []
            for number in 0..<4 { companies.append(try await trial.company("W\(number)", plan: "small").id) }
            let (workspaces, ledger) = (companies, TenantJobLedger(plans: plans))
            let database = CountingDatabase(trial.database)
            let tenants = TenantDatabase(database, plans: plans)
            let (spaces, quotas) = (WorkspaceStore(tenants), QuotaLedger(tenants))
            let session = WorkerSession(id: WorkerSessionID(), host: "here", process: "1", isAlive: { _ in true })
            let store = SQLJobStore(database: database, books: ledger)
            try await store.openSession(session, lasting: .seconds(600))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        for round in 0..<12 {
                            // Submissions and ends of several workspaces in one transaction, named in another order each time.
                            let order = (0..<4).map { workspaces[($0 * 3 + number + round) % 4] }
                            try await database.transact { connection in
                                let ended = order.map { workspace in
                                    EndedRun(
                                        job: JobID(), workspace: workspace, kind: "trial", epoch: 1,
                                        lasted: .milliseconds(5), state: .succeeded)
                                }
                                let submitted = Dictionary(uniqueKeysWithValues: order.map { ($0, 2) })
                                try ledger.book(JobBooking(submitted: submitted, ended: ended), on: connection)
                            }
                        }
                    }
                }
                group.addTask {
                    for round in 0..<20 {
                        for workspace in workspaces { _ = try await quotas.reconcile(workspace) }
                        _ = try await spaces.setPlan(
                            "small", of: workspaces[round % 4], by: Caller(.local), queues: store)
                    }
                }
                group.addTask {
                    for round in 0..<40 {
                        let jobs = try await store.submit(
                            [job(workspaces[round % 4]), job(workspaces[(round + 1) % 4])], maximumDepth: 10_000)
                        for leased in try await store.claim(kinds: ["trial"], limit: 2, for: session.id) {
                            try await store.finish(.succeeded(.emptyObject), under: leased.lease)
                        }
                        if round % 3 == 0 { _ = try await store.cancel(jobs[0].job.id, in: workspaces[round % 4]) }
                    }
                }
                group.addTask {
                    for _ in 0..<10 {
                        let id = workspaces[0]
                        _ = try await spaces.suspend(id, reason: "test", by: Caller(.local))
                        _ = try await spaces.resume(id, by: Caller(.local))
                    }
                }
                while let result = await group.nextResult() {
                    // What meets a workspace while it is suspended is refused.
                    if case .failure(let error) = result, !Self.isRefusal(error) { throw error }
                }
            }
            #expect(database.repetitions == 0, "the server broke circles")
        }
    }

    private static func isRefusal(_ error: any Error) -> Bool {
        (error as? Problem) != nil || ((error as? StorageError)?.underlying as? Problem) != nil
    }
}

/// Counts how often transactions ran again, which they do after a deadlock.
private final class CountingDatabase: SQLDatabase {
    private let base: any SQLDatabase
    private let extra = Mutex(0)

    init(_ base: any SQLDatabase) {
        self.base = base
    }

    var repetitions: Int { extra.withLock { $0 } }
    var dialect: SQLDialect { base.dialect }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value { try await base.read(body) }

    func write<Value: Sendable>(
        _ manner: WriteManner, _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        let runs = Runs()
        return try await base.write(manner) { connection throws(StorageError) in
            if !runs.isFirst() { self.extra.withLock { $0 += 1 } }
            return try body(connection)
        }
    }

    func signals(for key: String) -> AsyncStream<Void> { base.signals(for: key) }
    func changedParts(of whole: String) -> ChangedParts { base.changedParts(of: whole) }
    func carryAnnouncements(over bus: any InvalidationBus) { base.carryAnnouncements(over: bus) }
    func migrate(_ migrations: [Migration]) async throws(StorageError) -> [Int] { try await base.migrate(migrations) }
    func appliedMigrations() async throws(StorageError) -> [Int] { try await base.appliedMigrations() }
    func close() async {}

    private final class Runs: Sendable {
        private let began = Mutex(false)
        func isFirst() -> Bool {
            began.withLock { began in
                defer { began = true }
                return !began
            }
        }
    }
}
