import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Tenancy
import Testing

@Suite("Processing time is set aside before it is used (B5)")
struct ProcessingTests {
    private static let meter = Meter.processingMilliseconds

    private struct Bench: Sendable {
        let trial: TenantTrial
        let store: SQLJobStore
        let session: WorkerSessionID
        let id: WorkspaceID

        func submit(_ count: Int) async throws {
            let jobs = (0..<count).map { _ in
                NewJob(workspace: id, kind: "trial", input: .emptyObject, inputHash: "h", request: "req_1")
            }
            _ = try await store.submit(jobs, maximumDepth: 10_000)
        }

        func claim(_ limit: Int = 1) async throws -> [LeasedJob] {
            try await store.claim(kinds: ["trial"], limit: limit, for: session)
        }

        func counter() async throws -> QuotaCounter {
            try #require(try await trial.quotas.counters(of: id).first { $0.meter == meter.rawValue })
        }
    }

    private func with(
        _ fixture: DatabaseFixture, minutes: Int64, longest: Duration = .seconds(600),
        _ body: (Bench) async throws -> Void
    ) async throws {
        let plans = try PlanCatalog(
            [
                Plan(
                    name: "small", title: "Small", limits: [Self.meter: minutes * 60_000], weight: 1, slots: nil,
                    retentionDays: 1),
                Plan(name: "large", title: "Large", weight: 1, slots: nil, retentionDays: 1),
            ], initial: "small")
        try await TenantTrial.run(fixture, plans: plans) { trial in
            // The figures are those of one month: none ends within the hour that these tests take of it.
            let (now, later) = (trial.trial.clock.now, trial.trial.clock.now + .seconds(3_600))
            if now.description.prefix(7) != later.description.prefix(7) {
                trial.trial.clock.advance(by: .seconds(3_600))
            }
            let store = SQLJobStore(
                database: trial.database, books: TenantJobLedger(plans: plans, timeouts: ["trial": longest]))
            let session = WorkerSession(id: WorkerSessionID(), host: "here", process: "1", isAlive: { _ in true })
            try await store.openSession(session, lasting: .seconds(40 * 86_400))
            let id = try await trial.company(plan: "small").id
            try await body(Bench(trial: trial, store: store, session: session.id, id: id))
        }
    }

    @Test("runs at once never have more than there is, nor use more", arguments: DatabaseFixture.all)
    func race(fixture: DatabaseFixture) async throws {
        try await with(fixture, minutes: 60, longest: .seconds(420)) { bench in
            try await bench.submit(60)
            let claimed = try await withThrowingTaskGroup(of: [LeasedJob].self) { group in
                for _ in 0..<50 { group.addTask { try await bench.claim() } }
                return try await group.reduce([], +)
            }
            let given = claimed.compactMap(\.allowance).reduce(.zero, +)
            #expect(claimed.count >= 8 && claimed.allSatisfy { $0.allowance != nil })
            #expect(given <= .seconds(3_600))
            let during = try await bench.counter()
            #expect(during.reserved == given.microseconds / 1_000 && during.used == 0)
            #expect(try await bench.trial.quotas.reconcile(bench.id).isEmpty)
            // Each is told late, and counts for no more than it had.
            bench.trial.trial.clock.advance(by: .seconds(900))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for leased in claimed {
                    group.addTask { try await bench.store.finish(.succeeded(.emptyObject), under: leased.lease) }
                }
                try await group.waitForAll()
            }
            let after = try await bench.counter()
            #expect(after.reserved == 0 && after.used == given.microseconds / 1_000)
            #expect(after.used <= 3_600_000)
            #expect(try await bench.trial.quotas.reconcile(bench.id).isEmpty)
        }
    }

    @Test(
        "without any left jobs wait, say why, spend no attempt, and go on when some comes back",
        arguments: DatabaseFixture.all)
    func waits(fixture: DatabaseFixture) async throws {
        try await with(fixture, minutes: 10) { bench in
            try await bench.submit(3)
            let first = try #require(try await bench.claim().first)
            #expect(first.allowance == .seconds(600), "all of it: it is little")
            #expect(try await bench.claim().isEmpty)
            let (store, id) = (bench.store, bench.id)
            #expect(try await store.queues(in: id).first?.states == ["parked": 2, "leased": 1])
            let jobs = try await bench.trial.database.read { connection throws(StorageError) in
                try connection.query("SELECT attempt, state FROM live_job WHERE state = 'parked'").map {
                    row throws(StorageError) in try row.integer("attempt")
                }
            }
            #expect(jobs == [0, 0])
            let log = try await bench.trial.database.read { connection throws(StorageError) in
                try connection.query("SELECT data FROM event WHERE type = 'job:log'").map { row throws(StorageError) in
                    try row.text("data")
                }
            }
            #expect(
                log.count == 1 && log[0].contains("processing time of this month is used up or set aside"), "\(log)")
            // What is set aside comes back as soon as it is known that it was not needed.
            bench.trial.trial.clock.advance(by: .seconds(1))
            try await store.finish(.succeeded(.emptyObject), under: first.lease)
            _ = try await store.sweep()
            let second = try #require(try await bench.claim().first)
            #expect(try #require(second.allowance) >= .seconds(590))
            // A larger plan lets the last one start at once.
            #expect(try await bench.claim().isEmpty)
            _ = try await bench.trial.workspaces.setPlan("large", of: id, by: Caller(.local), queues: store)
            _ = try await store.sweep()
            let third = try #require(try await bench.claim().first)
            #expect(third.allowance == nil)
            try await store.finish([second, third].map { LeaseEnding(.succeeded(.emptyObject), under: $0.lease) })
                .forEach { #expect($0 == nil) }
            #expect(try await bench.counter().reserved == 0)
        }
    }

    @Test(
        "a month that is used up refuses new jobs, and its waiting ones run in the next", arguments: DatabaseFixture.all
    )
    func month(fixture: DatabaseFixture) async throws {
        try await with(fixture, minutes: 10) { bench in
            try await bench.submit(2)
            let first = try #require(try await bench.claim().first)
            bench.trial.trial.clock.advance(by: .seconds(700))
            try await bench.store.finish(.succeeded(.emptyObject), under: first.lease)
            #expect(try await bench.counter().used == 600_000)
            #expect(try await bench.claim().isEmpty)
            do throws(StorageError) {
                _ = try await bench.store.submit(
                    [NewJob(workspace: bench.id, kind: "trial", input: .emptyObject, inputHash: "h", request: "r")],
                    maximumDepth: 100)
                Issue.record("it was taken")
            } catch {
                #expect((error.underlying as? Problem)?.kind.name == "quota-exceeded")
            }
            bench.trial.trial.clock.advance(by: .seconds(32 * 86_400))
            _ = try await bench.store.sweep()
            #expect(try await bench.claim().count == 1)
            #expect(try await bench.counter().reserved > 0)
        }
    }

    @Test(
        "a lost lease gives back what it did not use, and its time counts in the month in which it began",
        arguments: DatabaseFixture.all)
    func lost(fixture: DatabaseFixture) async throws {
        try await with(fixture, minutes: 60) { bench in
            let other = WorkerSession(id: WorkerSessionID(), host: "there", process: "2", isAlive: { _ in true })
            try await bench.store.openSession(other, lasting: .seconds(15))
            try await bench.submit(1)
            let leased = try #require(
                try await bench.store.claim(kinds: ["trial"], limit: 1, for: other.id).first)
            #expect(leased.allowance == .seconds(600))
            let period = try await bench.counter().period
            // Nobody looks for two months.
            bench.trial.trial.clock.advance(by: .seconds(62 * 86_400))
            _ = try await bench.store.sweep()
            let usage = try await bench.trial.usage.totals(
                of: bench.id, by: .month, from: period, through: period, meter: Self.meter.rawValue)
            #expect(usage.map(\.quantity) == [600_000])
            #expect(try await bench.counter().used == 0, "this month's")
            #expect(try await bench.trial.quotas.reconcile(bench.id).isEmpty)
            await #expect(throws: StorageError.self) {
                try await bench.store.finish(.succeeded(.emptyObject), under: leased.lease)
            }
        }
    }

    @Test(
        "the jobs of others behind a workspace that has nothing left are handed out at once",
        arguments: DatabaseFixture.all)
    func others(fixture: DatabaseFixture) async throws {
        try await with(fixture, minutes: 10) { bench in
            try await bench.submit(3)
            let first = try #require(try await bench.claim().first)
            #expect(first.allowance == .seconds(600))
            let other = try await bench.trial.company("Other", plan: "large").id
            let job = NewJob(workspace: other, kind: "trial", input: .emptyObject, inputHash: "h", request: "req_2")
            _ = try await bench.store.submit([job], maximumDepth: 10)
            #expect(try await bench.claim().map(\.job.workspace) == [other])
            #expect(try await bench.claim().isEmpty)
        }
    }

    @Test("a job of an outside worker has set aside for it what its kind may take", arguments: DatabaseFixture.all)
    func outside(fixture: DatabaseFixture) async throws {
        try await with(fixture, minutes: 60) { bench in
            _ = try await bench.trial.database.write { connection throws(StorageError) in
                try connection.execute(
                    """
                    INSERT INTO outside_kind (workspace, name, summary, band, max_attempts, timeout_us, updated_at)
                    VALUES ($1, 'outside', '', 1, 1, 90000000, 0)
                    """, [SQLValue(bench.id)])
            }
            let job = NewJob(workspace: bench.id, kind: "outside", input: .emptyObject, inputHash: "h", request: "r")
            _ = try await bench.store.submit([job], maximumDepth: 10)
            let leased = try await bench.store.claim(kinds: ["outside"], limit: 1, for: bench.session)
            #expect(leased.map(\.allowance) == [.seconds(90)])
            #expect(try await bench.counter().reserved == 90_000)
        }
    }

    @Test("a refusal because of processing time counts no job, also where it is caught", arguments: DatabaseFixture.all)
    func refusalCountsNothing(fixture: DatabaseFixture) async throws {
        try await with(fixture, minutes: 10) { bench in
            let (id, ledger) = (bench.id, TenantJobLedger(plans: bench.trial.tenants.plans))
            try await bench.trial.database.write { connection throws(StorageError) in
                _ = try connection.execute(
                    "UPDATE quota_counter SET used = cap WHERE workspace = $1 AND meter = $2",
                    [SQLValue(id), .text(Self.meter.rawValue)])
                do throws(StorageError) {
                    try ledger.book(JobBooking(submitted: [id: 3]), on: connection)
                    Issue.record("it was taken")
                } catch {
                    guard error.code == .limited else { throw error }
                }
            }
            let jobs = try await bench.trial.quotas.counters(of: id).first {
                $0.meter == Meter.concurrentJobs.rawValue
            }
            #expect(jobs?.used == 0)
        }
    }

    @Test("a change of the configured plans reaches every workspace, but for its part of the workers")
    func plans() async throws {
        try await with(.sqlite, minutes: 10) { bench in
            let (id, limit) = (bench.id, WorkspaceLimit(weight: 7, slots: 3))
            #expect(try await bench.trial.workspaces.applyPlans() == 0)
            try await bench.store.setLimit(limit, of: id)
            let changed = try PlanCatalog(
                [
                    Plan(
                        name: "small", title: "Small", limits: [Self.meter: 77], weight: 2, slots: nil, retentionDays: 9
                    )
                ], initial: "small")
            let workspaces = WorkspaceStore(TenantDatabase(bench.trial.database, plans: changed))
            #expect(try await workspaces.applyPlans() == 1)
            #expect(try await workspaces.applyPlans() == 0)
            #expect(try await bench.counter().cap == 77)
            func limits() async throws -> [SQLValue] {
                try await bench.trial.database.read { connection throws(StorageError) in
                    try connection.row(
                        "SELECT weight, slots, retention FROM workspace_limit WHERE workspace = $1", [SQLValue(id)]
                    )
                    .values
                }
            }
            let days = Duration.seconds(9 * 86_400).microseconds
            #expect(try await limits() == [.integer(7), .integer(3), .integer(days)])
            // A plan that says nothing of the days leaves them to the settings.
            let silent = try PlanCatalog([Plan(name: "small", title: "Small", weight: 2, slots: nil)], initial: "small")
            let others = WorkspaceStore(TenantDatabase(bench.trial.database, plans: silent))
            #expect(try await others.applyPlans() == 1)
            #expect(try await limits() == [.integer(7), .integer(3), .null])
        }
    }

    @Test("no plan bounds the server's own workspace, and bounds that it once was given go")
    func ownWorkspace() async throws {
        try await with(.sqlite, minutes: 10) { bench in
            _ = try await bench.trial.database.write { connection throws(StorageError) in
                try connection.execute(
                    """
                    INSERT INTO quota_counter (workspace, meter, period, cap) VALUES ($1, 'projects', '', 0)
                    ON CONFLICT (workspace, meter, period) DO UPDATE SET cap = 0
                    """, [SQLValue(WorkspaceID.local)])
            }
            #expect(try await bench.trial.workspaces.applyPlans() == 1)
            #expect(try await bench.trial.workspaces.applyPlans() == 0)
            let counters = try await bench.trial.quotas.counters(of: .local)
            #expect(counters.allSatisfy { $0.cap == nil })
            let problem = try await refusal {
                try await bench.trial.workspaces.setPlan("small", of: .local, by: Caller(.local))
            }
            #expect(problem.kind == .conflict)
        }
    }
}
