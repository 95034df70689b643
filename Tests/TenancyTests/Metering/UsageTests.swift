import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("Metering (B7)")
struct UsageTests {
    private func event(_ id: String, _ quantity: Int64, at time: String) -> UsageEvent {
        UsageEvent(
            source: "jobs", id: id, meter: "processing_ms", quantity: quantity,
            occurredAt: Timestamp(time) ?? Timestamp(microseconds: 0))
    }

    @Test("an event counts once, however often and by how many it is told", arguments: DatabaseFixture.all)
    func once(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (company, other) = (try await trial.company(), try await trial.company("Other"))
            let told = event("job:1", 250, at: "2026-03-31T23:59:59.999Z")
            let race = try await atOnce(30) { _ in
                if try await !trial.usage.record(told, in: company.id) { throw Problem(.conflict, "known") }
            }
            #expect(race.done == 1)
            #expect(try await trial.usage.record(told, in: other.id), "another workspace's event is another event")
            await expectProblem(.conflict, "the same name, another quantity") {
                _ = try await trial.usage.record(event("job:1", 251, at: "2026-03-31T23:59:59.999Z"), in: company.id)
            }
            await expectProblem(.conflict, "the same name, another time") {
                _ = try await trial.usage.record(event("job:1", 250, at: "2026-03-31T23:59:59Z"), in: company.id)
            }
            _ = try await trial.usage.record(event("job:2", 50, at: "2026-04-01T00:00:00Z"), in: company.id)
            _ = try await trial.usage.record(event("job:3", 7, at: "2026-03-31T12:00:00Z"), in: company.id)
            let months = try await trial.usage.totals(of: company.id, by: .month, from: "2026-03", through: "2026-04")
            #expect(months.map(\.period) == ["2026-03", "2026-04"])
            #expect(months.map(\.quantity) == [257, 50] && months.map(\.events) == [2, 1])
            let days = try await trial.usage.totals(
                of: company.id, by: .day, from: "2026-03-01", through: "2026-04-30", meter: "processing_ms")
            #expect(days.map(\.period) == ["2026-03-31", "2026-04-01"])
            #expect(days.map(\.quantity).reduce(0, +) == months.map(\.quantity).reduce(0, +))
        }
    }

    @Test("many events at once add up exactly", arguments: DatabaseFixture.all)
    func sum(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let company = try await trial.company()
            let race = try await atOnce(60) { number in
                _ = try await trial.usage.record(
                    event("e\(number % 40)", Int64(number % 40), at: "2026-05-05T05:05:05Z"), in: company.id)
            }
            #expect(race.done == 60)
            let total = try await trial.usage.totals(
                of: company.id, by: .day, from: "2026-05-05", through: "2026-05-05")
            #expect(total.map(\.quantity) == [(0..<40).reduce(0, +)] && total.map(\.events) == [40])
        }
    }

    @Test("what is no event and no period is refused", arguments: DatabaseFixture.all)
    func checks(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let id = try await trial.company().id
            for quantity in [-1, Int64.max] {
                await expectProblem(.unprocessable) {
                    _ = try await trial.usage.record(event("x", quantity, at: "2026-05-05T05:05:05Z"), in: id)
                }
            }
            for period in ["2026-13-01", "2026-1-1", "yesterday", "2026-02", "'; DROP"] {
                await expectProblem(.unprocessable) {
                    _ = try await trial.usage.totals(of: id, by: .day, from: period)
                }
            }
            #expect(try await trial.usage.totals(of: id, by: .day).isEmpty)
            #expect(try await trial.usage.totals(of: id, by: .month).isEmpty)
        }
    }
}
