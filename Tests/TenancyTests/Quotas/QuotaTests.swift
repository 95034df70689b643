import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("Quotas (B5)")
struct QuotaTests {
    private func plans(projects: Int64, processing: Int64 = 1_000) throws -> PlanCatalog {
        try PlanCatalog(
            [
                Plan(
                    name: "small", title: "Small",
                    limits: [.projects: projects, .processingMilliseconds: processing, .storageBytes: 100], weight: 1,
                    slots: 1, retentionDays: 1)
            ], initial: "small")
    }

    private func counter(_ trial: TenantTrial, _ workspace: WorkspaceID, _ meter: Meter) async throws -> QuotaCounter {
        try #require(try await trial.quotas.counters(of: workspace).first { $0.meter == meter.rawValue })
    }

    @Test("fifty who reserve at once never go beyond the bound", arguments: DatabaseFixture.all)
    func reservationRace(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture, plans: plans(projects: 3)) { trial in
            let company = try await trial.company(plan: "small")
            let race = try await atOnce(50) { number in
                try await trial.quotas.reserve(
                    70, of: .processingMilliseconds, for: "job \(number)", lifetime: .seconds(60), in: company.id)
            }
            #expect(race.done == 14 && race.refusals == Array(repeating: "quota-exceeded", count: 36))
            let counter = try await counter(trial, company.id, .processingMilliseconds)
            #expect(counter.reserved == 980 && counter.used == 0 && counter.cap == 1_000)
            let taken = try await atOnce(50) { _ in try await trial.quotas.take(30, of: .storageBytes, in: company.id) }
            #expect(taken.done == 3)
            #expect(try await self.counter(trial, company.id, .storageBytes).used == 90)
        }
    }

    @Test("fifty who make projects at once make as many as the plan has", arguments: DatabaseFixture.all)
    func projectRace(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture, plans: plans(projects: 5)) { trial in
            let company = try await trial.company(plan: "small")
            let boss = try await company.boss()
            let race = try await atOnce(50) { number in
                _ = try await trial.projects.create(name: "Project \(number)", by: boss)
            }
            #expect(race.done == 5 && race.refusals == Array(repeating: "quota-exceeded", count: 45))
            #expect(try await trial.projects.projects(in: company.id).count == 5)
            let first = try #require(try await trial.projects.projects(in: company.id).first)
            let removals = try await atOnce(5) { _ in try await trial.projects.remove(first.id, by: boss) }
            #expect(removals.done == 1, "given back once")
            #expect(try await counter(trial, company.id, .projects).used == 4)
            _ = try await trial.projects.create(name: "Again", by: boss)
        }
    }

    @Test("a reservation is settled or released once", arguments: DatabaseFixture.all)
    func settlement(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture, plans: plans(projects: 1)) { trial in
            let id = try await trial.company(plan: "small").id
            let (meter, quotas) = (Meter.processingMilliseconds, trial.quotas)
            for _ in 0..<2 {
                try await quotas.reserve(400, of: meter, for: "job:1", lifetime: .seconds(60), in: id)
            }
            #expect(try await counter(trial, id, meter).reserved == 400, "asking twice reserves once")
            await expectProblem(.conflict) {
                try await quotas.reserve(401, of: meter, for: "job:1", lifetime: .seconds(60), in: id)
            }
            let settled = try await atOnce(10) { _ in
                let period = try await trial.database.transact { try $0.settle(150, of: meter, for: "job:1", in: id) }
                if period == nil { throw Problem(.conflict, "over") }
            }
            #expect(settled.done == 1)
            var now = try await counter(trial, id, meter)
            #expect(now.used == 150 && now.reserved == 0)
            await expectProblem(.conflict, "it is over") {
                try await quotas.reserve(400, of: meter, for: "job:1", lifetime: .seconds(60), in: id)
            }
            try await quotas.reserve(850, of: meter, for: "job:2", lifetime: .seconds(60), in: id)
            await expectProblem(.quotaExceeded) {
                try await quotas.reserve(1, of: meter, for: "job:3", lifetime: .seconds(60), in: id)
            }
            let released = try await trial.database.transact { try $0.release(meter, for: "job:2", in: id) }
            #expect(released)
            now = try await counter(trial, id, meter)
            #expect(now.used == 150 && now.reserved == 0)
        }
    }

    @Test("what nobody settles lapses, and a month starts from zero", arguments: DatabaseFixture.all)
    func lapse(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture, plans: plans(projects: 1)) { trial in
            let id = try await trial.company(plan: "small").id
            let meter = Meter.processingMilliseconds
            try await trial.quotas.reserve(600, of: meter, for: "lost", lifetime: .seconds(60), in: id)
            try await trial.quotas.reserve(400, of: meter, for: "kept", lifetime: .seconds(60), in: id)
            #expect(try await trial.quotas.releaseLapsed() == 0)
            trial.trial.clock.advance(by: .seconds(50))
            let isOpen = try await trial.database.transact {
                try $0.extendReservation(of: meter, for: "kept", lifetime: .seconds(60), in: id)
            }
            #expect(isOpen)
            trial.trial.clock.advance(by: .seconds(11))
            #expect(try await trial.quotas.releaseLapsed() == 1)
            #expect(try await counter(trial, id, meter).reserved == 400)
            trial.trial.clock.advance(by: .seconds(32 * 86_400))
            let fresh = try await counter(trial, id, meter)
            #expect(fresh.used == 0 && fresh.reserved == 0 && fresh.cap == 1_000)
            try await trial.quotas.reserve(1_000, of: meter, for: "next", lifetime: .seconds(60), in: id)
            // The one that is left from last month ends in last month.
            _ = try await trial.database.transact { try $0.settle(400, of: meter, for: "kept", in: id) }
            #expect(try await counter(trial, id, meter).used == 0)
        }
    }

    @Test("counting anew puts right what differs, and says so", arguments: DatabaseFixture.all)
    func reconcile(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture, plans: plans(projects: 5)) { trial in
            let company = try await trial.company(plan: "small")
            _ = try await trial.projects.create(name: "P", by: company.boss())
            try await trial.quotas.reserve(
                10, of: .processingMilliseconds, for: "j", lifetime: .seconds(60), in: company.id)
            #expect(try await trial.quotas.reconcile(company.id).isEmpty)
            _ = try await trial.database.write { connection throws(StorageError) in
                try connection.execute(
                    "UPDATE quota_counter SET used = used + 3, reserved = reserved + 7 WHERE workspace = $1",
                    [SQLValue(company.id)])
            }
            let drifts = try await trial.quotas.reconcile(company.id)
            #expect(drifts.contains { $0.meter == "projects" && $0.used == -3 && $0.reserved == -7 })
            #expect(drifts.contains { $0.meter == "processing_ms" && $0.used == -3 })
            #expect(try await counter(trial, company.id, .projects).used == 1)
            #expect(try await trial.quotas.reconcile(company.id).isEmpty)
        }
    }

    @Test("amounts that cannot be are refused, and a smaller plan takes nothing away", arguments: DatabaseFixture.all)
    func bounds(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company(plan: "starter")
            for amount in [-1, Int64.max, Int64.min] {
                await expectProblem(.unprocessable) {
                    try await trial.quotas.take(amount, of: .storageBytes, in: company.id)
                }
            }
            await expectProblem(.notFound) { try await trial.quotas.take(1, of: .projects, in: WorkspaceID()) }
            try await trial.quotas.take(10, of: .projects, in: company.id)
            _ = try await trial.workspaces.setPlan("free", of: company.id, by: Caller(.local))
            let counter = try await counter(trial, company.id, .projects)
            #expect(counter.used == 10 && counter.cap == 3)
            await expectProblem(.quotaExceeded) { try await trial.quotas.take(1, of: .projects, in: company.id) }
        }
    }
}
