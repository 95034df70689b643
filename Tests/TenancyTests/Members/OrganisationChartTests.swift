import Conformance
import Endpoints
import Model
import Tenancy
import Testing

@Suite("The organisation chart (B3)")
struct OrganisationChartTests {
    @Test("people stand below their managers, and who goes leaves no hole", arguments: DatabaseFixture.all)
    func order(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (chart, company) = (OrganisationChart(trial.tenants), try await trial.company())
            let boss = try await company.boss()
            let (head, worker, second) = (
                try await company.join("editor"), try await company.join("viewer"), try await company.join("viewer")
            )
            _ = try await chart.setPlace(of: head, title: "Head", manager: company.owner, by: boss)
            _ = try await chart.setPlace(of: worker, title: nil, manager: head, by: boss)
            _ = try await chart.setPlace(of: second, title: nil, manager: head, by: boss)
            var places = try await chart.places(in: company.id)
            #expect(places.map(\.user) == [company.owner, head] + [worker, second].sorted())
            #expect(places.map(\.depth) == [0, 1, 2, 2] && places.map(\.reports) == [1, 2, 0, 0])
            try await trial.members.remove(head, by: boss)
            places = try await chart.places(in: company.id)
            #expect(places.map(\.depth) == [0, 1, 1])
            #expect(Set(places.dropFirst().map(\.manager)) == [company.owner])
        }
    }

    @Test(
        "nobody reports to themselves, round any circle, also when two close it at once", arguments: DatabaseFixture.all
    )
    func circles(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let (chart, company, other) = (
                OrganisationChart(trial.tenants), try await trial.company(), try await trial.company("Other")
            )
            let boss = try await company.boss()
            var people = [company.owner]
            for _ in 0..<3 { people.append(try await company.join("viewer")) }
            await expectProblem(.conflict) {
                _ = try await chart.setPlace(of: people[0], title: nil, manager: people[0], by: boss)
            }
            for (user, manager) in zip(people.dropFirst(), people) {
                _ = try await chart.setPlace(of: user, title: nil, manager: manager, by: boss)
            }
            await expectProblem(.conflict) {
                _ = try await chart.setPlace(of: people[0], title: nil, manager: people[3], by: boss)
            }
            for stranger in [other.owner, UserID()] {
                await expectProblem(.notFound) {
                    _ = try await chart.setPlace(of: people[1], title: nil, manager: stranger, by: boss)
                }
                await expectProblem(.notFound) {
                    _ = try await chart.setPlace(of: stranger, title: nil, manager: nil, by: boss)
                }
            }
            for user in people { _ = try await chart.setPlace(of: user, title: nil, manager: nil, by: boss) }
            let chain = people
            let race = try await atOnce(4) { number in
                _ = try await chart.setPlace(
                    of: chain[number], title: nil, manager: chain[(number + 1) % 4], by: boss)
            }
            #expect(race.done == 3 && race.refusals == ["conflict"])
            #expect(try await chart.places(in: company.id).count == 4)
        }
    }
}
