import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("The books on jobs (B5, B7, C5)")
struct TenantJobLedgerTests {
    private func plans() throws -> PlanCatalog {
        try PlanCatalog(
            [
                Plan(
                    name: "small", title: "Small", limits: [.concurrentJobs: 10, .processingMilliseconds: 1_000],
                    weight: 1, slots: 1, retentionDays: 1)
            ], initial: "small")
    }

    private func run(
        _ workspace: WorkspaceID, job: JobID = JobID(), epoch: Int64 = 1, lasted: Duration, state: JobState?
    ) -> EndedRun {
        EndedRun(
            job: job, workspace: workspace, kind: "echo", epoch: epoch, lasted: lasted, state: state,
            failure: state == .dead ? JobFailure(code: "broken", message: "It broke.", retryable: false) : nil)
    }

    @Test("submissions stop at the bound, and what ends makes room", arguments: DatabaseFixture.all)
    func bound(fixture: DatabaseFixture) async throws {
        let plans = try plans()
        try await TenantTrial.run(fixture, plans: plans) { trial in
            let (company, ledger) = (try await trial.company(plan: "small"), TenantJobLedger(plans: plans))
            let race = try await atOnce(20) { _ in
                try await trial.database.transact { try ledger.book(JobBooking(submitted: [company.id: 3]), on: $0) }
            }
            #expect(race.done == 3 && race.refusals == Array(repeating: "quota-exceeded", count: 17))
            try await trial.database.transact { connection in
                let ended = [
                    run(company.id, lasted: .zero, state: .canceled),
                    run(company.id, lasted: .milliseconds(5), state: nil),
                    run(company.id, lasted: .milliseconds(5), state: .succeeded),
                ]
                try ledger.book(JobBooking(ended: ended), on: connection)
            }
            let counters = try await trial.quotas.counters(of: company.id)
            #expect(counters.first { $0.meter == "concurrent_jobs" }?.used == 7)
            #expect(counters.first { $0.meter == "processing_ms" }?.used == 10)
            #expect(try await trial.quotas.reconcile(company.id).map(\.meter) == ["concurrent_jobs"], "no such jobs")
        }
    }

    @Test("each run is charged, and a month that is used up takes no more jobs", arguments: DatabaseFixture.all)
    func processing(fixture: DatabaseFixture) async throws {
        let plans = try plans()
        try await TenantTrial.run(fixture, plans: plans) { trial in
            let (company, ledger) = (try await trial.company(plan: "small"), TenantJobLedger(plans: plans))
            let job = JobID()
            let first = run(company.id, job: job, epoch: 1, lasted: .microseconds(700_100), state: nil)
            let second = run(company.id, job: job, epoch: 2, lasted: .milliseconds(500), state: .dead)
            for runs in [[first], [second]] {
                try await trial.database.transact { try ledger.book(JobBooking(ended: runs), on: $0) }
            }
            let used = try await trial.quotas.counters(of: company.id).first { $0.meter == "processing_ms" }?.used
            #expect(used == 1_201, "in whole milliseconds, rounded up")
            let totals = try await trial.usage.totals(of: company.id, by: .month, meter: "processing_ms")
            #expect(totals.map(\.quantity) == [1_201] && totals.map(\.events) == [2])
            #expect(try await !trial.quotas.reconcile(company.id).contains { $0.meter == "processing_ms" })
            await expectProblem(.quotaExceeded) {
                try await trial.database.transact { try ledger.book(JobBooking(submitted: [company.id: 1]), on: $0) }
            }
        }
    }

    @Test("webhooks hear how jobs ended, in the transaction that ends them", arguments: DatabaseFixture.all)
    func webhooks(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let store = WebhookStore(trial.tenants, vault: try Vault([Secret(String(repeating: "k", count: 40))]))
            let hook = try await store.create(
                url: "https://example.com/", events: ["job.*"], by: company.boss()
            ).webhook
            let ledger = TenantJobLedger(plans: .standard)
            let states: [JobState?] = [.succeeded, .dead, .canceled, .expired, nil]
            await expectProblem(.conflict) {
                try await trial.database.transact { connection in
                    let ended = [run(company.id, lasted: .zero, state: .succeeded)]
                    try ledger.book(JobBooking(ended: ended), on: connection)
                    throw Problem(.conflict, "undone")
                }
            }
            try await trial.database.transact { connection in
                let ended = states.map { run(company.id, lasted: .zero, state: $0) }
                try ledger.book(JobBooking(ended: ended), on: connection)
            }
            let deliveries = try await store.deliveries(of: hook.id, in: company.id)
            #expect(Set(deliveries.map(\.type)) == ["job.succeeded", "job.failed", "job.canceled", "job.expired"])
            #expect(deliveries.count == 4)
            let failed = try #require(deliveries.first { $0.type == "job.failed" })
            #expect(failed.payload.text.contains("\"code\":\"broken\""))
        }
    }
}
