import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("Jobs of a suspended workspace (B3, B5)")
struct SuspensionTests {
    private struct Bench: Sendable {
        let trial: TenantTrial
        let store: SQLJobStore
        let session: WorkerSessionID

        func submit(_ workspace: WorkspaceID, count: Int = 1) async throws {
            let jobs = (0..<count).map { _ in
                NewJob(
                    workspace: workspace, kind: "trial", input: .emptyObject, inputHash: "hash", request: "req_1")
            }
            _ = try await store.submit(jobs, maximumDepth: 10_000)
        }

        func claim(_ limit: Int = 100) async throws -> [LeasedJob] {
            try await store.claim(kinds: ["trial"], limit: limit, for: session)
        }
    }

    private func with(
        _ fixture: DatabaseFixture, _ body: @Sendable (Bench, _ company: Company, _ other: Company) async throws -> Void
    ) async throws {
        try await TenantTrial.run(fixture) { trial in
            let store = SQLJobStore(database: trial.database, books: TenantJobLedger(plans: .standard))
            let session = WorkerSession(id: WorkerSessionID(), host: "here", process: "1", isAlive: { _ in true })
            try await store.openSession(session, lasting: .seconds(600))
            try await body(
                Bench(trial: trial, store: store, session: session.id), trial.company(plan: "enterprise"),
                trial.company("Other", plan: "enterprise"))
        }
    }

    @Test(
        "they wait until it is active again; those that run go on, new ones are refused, and others are not held up",
        arguments: DatabaseFixture.all)
    func waits(fixture: DatabaseFixture) async throws {
        try await with(fixture) { bench, company, other in
            let trial = bench.trial
            try await bench.submit(company.id, count: 150)
            let running = try #require(try await bench.claim(1).first)
            _ = try await trial.workspaces.suspend(company.id, reason: "unpaid", by: Caller(.local))
            try await bench.submit(other.id, count: 3)
            _ = try await bench.store.sweep()
            #expect(try await bench.claim().map(\.job.workspace) == Array(repeating: other.id, count: 3))
            do throws(StorageError) {
                _ = try await bench.store.submit(
                    [NewJob(workspace: company.id, kind: "trial", input: .emptyObject, inputHash: "h", request: "r")],
                    maximumDepth: 10_000)
                Issue.record("a suspended workspace took a job")
            } catch {
                let problem = error.underlying as? Problem
                #expect(problem?.kind.name == "forbidden" && problem?.detail.contains("suspended") == true)
            }
            let state = try await bench.store.queues(in: company.id).first?.states
            #expect(state == ["parked": 149, "leased": 1])
            try await bench.store.finish(.succeeded(.emptyObject), under: running.lease)
            #expect(try await bench.claim().isEmpty)
            _ = try await trial.workspaces.resume(company.id, by: Caller(.local))
            _ = try await bench.store.sweep()
            var claimed = 0
            while case let jobs = try await bench.claim(), !jobs.isEmpty { claimed += jobs.count }
            #expect(claimed == 149)
        }
    }

    @Test("they do not run in a workspace that is deleted, and run when it is restored", arguments: DatabaseFixture.all)
    func deleted(fixture: DatabaseFixture) async throws {
        try await with(fixture) { bench, company, _ in
            try await bench.submit(company.id, count: 2)
            let boss = try await company.boss()
            _ = try await bench.trial.workspaces.suspend(company.id, reason: "unpaid", by: Caller(.local))
            _ = try await bench.trial.workspaces.delete(by: boss)
            #expect(try await bench.claim().isEmpty)
            _ = try await bench.trial.workspaces.restore(by: boss)
            _ = try await bench.store.sweep()
            #expect(try await bench.claim().isEmpty, "it is suspended as it was before")
            _ = try await bench.trial.workspaces.setPlan(
                "starter", of: company.id, by: Caller(.local), queues: bench.store)
            _ = try await bench.store.sweep()
            #expect(try await bench.claim().isEmpty, "a plan does not end a suspension")
            _ = try await bench.trial.workspaces.resume(company.id, by: Caller(.local))
            _ = try await bench.store.sweep()
            #expect(try await bench.claim().count == 2)
        }
    }

    @Test(
        "nothing starts after a suspension that comes among claims, ends and submissions",
        arguments: DatabaseFixture.all)
    func race(fixture: DatabaseFixture) async throws {
        try await with(fixture) { bench, company, _ in
            try await bench.submit(company.id, count: 300)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<15 {
                            for leased in try await bench.claim(3) {
                                try await bench.store.finish(.handedBack, under: leased.lease)
                            }
                        }
                    }
                }
                group.addTask { for _ in 0..<20 { _ = try await bench.store.sweep() } }
                group.addTask {
                    for _ in 0..<30 { try? await bench.submit(company.id, count: 2) }
                }
                group.addTask {
                    _ = try await bench.trial.workspaces.suspend(company.id, reason: "unpaid", by: Caller(.local))
                    let claimed = try await bench.claim(50)
                    #expect(claimed.isEmpty, "\(claimed.count) started")
                }
                try await group.waitForAll()
            }
            _ = try await bench.store.sweep()
            #expect(try await bench.claim().isEmpty)
        }
    }
}
