import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Tenancy
import Testing

@Suite("Jobs and their books in one transaction (B5, B7, C5)")
struct BookedJobStoreTests {
    private func plans() throws -> PlanCatalog {
        try PlanCatalog(
            [
                Plan(
                    name: "small", title: "Small", limits: [.concurrentJobs: 3], weight: 1, slots: nil, retentionDays: 1
                )
            ],
            initial: "small")
    }

    private func job(_ workspace: WorkspaceID, key: String? = nil) -> NewJob {
        NewJob(
            workspace: workspace, kind: "trial", input: .emptyObject, inputHash: "hash", maxAttempts: 2,
            idempotencyKey: key, request: "req_1")
    }

    private func used(_ trial: TenantTrial, _ workspace: WorkspaceID, _ meter: Meter) async throws -> Int64 {
        try #require(try await trial.quotas.counters(of: workspace).first { $0.meter == meter.rawValue }).used
    }

    @Test(
        "submissions at once stop at the bound; retries, ends and replays keep the count",
        arguments: DatabaseFixture.all)
    func course(fixture: DatabaseFixture) async throws {
        let plans = try plans()
        try await TenantTrial.run(fixture, plans: plans) { trial in
            let store = SQLJobStore(database: trial.database, books: TenantJobLedger(plans: plans))
            let id = try await trial.company(plan: "small").id
            let webhooks = WebhookStore(trial.tenants, vault: try Vault([Secret(String(repeating: "k", count: 40))]))
            let hook = try await webhooks.create(url: "https://example.com/", events: ["job.*"], by: .server(in: id))
                .webhook
            let submitted = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        do throws(StorageError) {
                            return try await store.submit([job(id)], maximumDepth: 1_000).count
                        } catch {
                            #expect(
                                error.code == .limited && (error.underlying as? Problem)?.kind.name == "quota-exceeded")
                            return 0
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(submitted == 3)
            #expect(try await used(trial, id, .concurrentJobs) == 3)
            #expect(try await trial.quotas.reconcile(id).isEmpty)
            let session = WorkerSession(id: WorkerSessionID(), host: "here", process: "1", isAlive: { _ in true })
            try await store.openSession(session, lasting: .seconds(60))
            func lease() async throws -> JobLease {
                let claimed = try await eventually("a job is ready") {
                    try await store.claim(kinds: ["trial"], limit: 1, for: session.id).first
                }
                return claimed.lease
            }
            // One run fails and is tried again, another succeeds; the clock says how long both took.
            let first = try await lease()
            trial.trial.clock.advance(by: .seconds(2))
            let failure = JobFailure(code: "trial", message: "It failed.", retryable: true)
            try await store.finish(.retry(failure, after: .zero), under: first)
            #expect(try await used(trial, id, .concurrentJobs) == 3, "it is tried again")
            let processing = try await used(trial, id, .processingMilliseconds)
            #expect(processing >= 2_000)
            let second = try await lease()
            trial.trial.clock.advance(by: .seconds(1))
            try await store.finish(.succeeded(.emptyObject), under: second)
            #expect(try await used(trial, id, .concurrentJobs) == 2)
            await #expect(throws: StorageError.self) { try await store.finish(.dead(failure), under: second) }
            let month = try await trial.usage.totals(of: id, by: .month, meter: "processing_ms")
            let charged = try await used(trial, id, .processingMilliseconds)
            #expect(month.map(\.events) == [2] && month.map(\.quantity) == [charged])
            #expect(try await trial.quotas.reconcile(id).isEmpty)
            let types = try await webhooks.deliveries(of: hook.id, in: id).map(\.type)
            #expect(types == ["job.succeeded"])
        }
    }

    @Test("a schedule of a workspace at its bound holds up nobody else's", arguments: DatabaseFixture.all)
    func schedules(fixture: DatabaseFixture) async throws {
        let plans = try plans()
        try await TenantTrial.run(fixture, plans: plans) { trial in
            let store = SQLJobStore(database: trial.database, books: TenantJobLedger(plans: plans))
            let (full, free) = (
                try await trial.company(plan: "small").id, try await trial.company("B", plan: "small").id
            )
            _ = try await store.submit((0..<3).map { _ in job(full) }, maximumDepth: 1_000)
            for workspace in [full, free] {
                _ = try await store.put(
                    NewSchedule(
                        workspace: workspace, name: "every-minute", kind: "trial", input: .emptyObject, inputHash: "h",
                        cron: CronExpression(parsing: "* * * * *"), zone: .gmt))
            }
            trial.trial.clock.advance(by: .seconds(61))
            _ = try await store.sweep()
            #expect(try await used(trial, full, .concurrentJobs) == 3)
            #expect(try await used(trial, free, .concurrentJobs) == 1)
            for workspace in [full, free] { #expect(try await trial.quotas.reconcile(workspace).isEmpty) }
        }
    }
}
