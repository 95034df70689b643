import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Testing

@testable import Operations

@Suite("Live operations over the API (G2, C4)")
struct SampleEndpointTests {
    private func withNodes(
        _ fixture: DatabaseFixture, _ names: [String], _ body: ([TestNode], TestTime) async throws -> Void
    ) async throws {
        try await fixture.withDatabase(migrations: Migration.all + OperationsMigrations.all) { trial in
            let time = TestTime(trial.clock)
            let nodes = names.map { TestNode($0, on: trial.database, time) }
            for node in nodes {
                _ = try await node.service.perform(.sign)
                node.service.tick()
            }
            try await body(nodes, time)
        }
    }

    private func go(_ nodes: [TestNode], _ seconds: Int, _ time: TestTime, requests: Int = 1) {
        for _ in 0..<seconds {
            for node in nodes { node.answer(requests) }
            time.clock.advance(by: .seconds(1))
            for node in nodes { node.service.tick() }
        }
    }

    private func list(_ answer: [String: Any], _ name: String, in part: String = "values") -> [Double?] {
        ((answer[part] as? [String: [Any]])?[name] ?? []).map { ($0 as? NSNumber)?.doubleValue }
    }

    @Test(
        "a range has a number for each stretch, null where nobody measured, and all nodes together",
        arguments: DatabaseFixture.all)
    func series(fixture: DatabaseFixture) async throws {
        try await withNodes(fixture, ["a", "b"]) { nodes, time in
            go(nodes, 30, time)
            time.clock.advance(by: .seconds(30))
            nodes[0].service.tick()
            go([nodes[0]], 30, time)
            for node in nodes { _ = try await node.service.perform(.store) }
            go([nodes[0]], 5, time)
            let from = (nodes[0].service.now + .seconds(-120)).description
            let answer = try await nodes[0].json("getSamples", query: ["from": from])
            #expect(answer["step_ms"] as? Int == 1_000 && answer["resolution"] as? String == "1s")
            #expect(answer["nodes"] as? [String] == ["a", "b"])
            let requests = list(answer, "requests_per_second")
            #expect((120...121).contains(requests.count))
            #expect(requests.count { $0 == 2 } == 30 && requests.count { $0 == 1 } == 35)
            #expect(requests.count { $0 == nil } == requests.count - 65)
            #expect(list(answer, "process_memory_bytes").compactMap { $0 }.max() == Double(2 * 2_048 * 4_096))
            let alone = try await nodes[0].json("getSamples", query: ["from": from, "node": "b"])
            #expect(list(alone, "requests_per_second").count { $0 == 1 } == 30)
            #expect(alone["nodes"] as? [String] == ["b"])
            let other = try await nodes[1].json("getSamples", query: ["from": from, "node": "a"])
            #expect(list(other, "requests_per_second").count { $0 == 1 } == 60)
        }
    }

    @Test(
        "long ranges are made of minutes and hours, what is not over yet of its parts, and never have too many stretches",
        arguments: DatabaseFixture.all)
    func coarse(fixture: DatabaseFixture) async throws {
        try await withNodes(fixture, ["a"]) { nodes, time in
            let node = nodes[0]
            for _ in 0..<50 {
                go(nodes, 20, time, requests: 3)
                _ = try await node.service.perform(.store)
            }
            for (hours, step, resolution) in [
                (1, 5, "1s"), (6, 60, "1m"), (24, 120, "1m"), (7 * 24, 3_600, "1h"), (90 * 24, 10_800, "1h"),
            ] {
                let from = (node.service.now + .seconds(-3_600 * hours)).description
                let answer = try await node.json("getSamples", query: ["from": from])
                #expect(answer["resolution"] as? String == resolution, "\(hours)")
                let measured = answer["measured_ms"] as? [Int] ?? []
                #expect(measured.count <= SampleHistory.maximumStretches, "\(hours)")
                #expect(measured.reduce(0, +) == 1_000_000, "\(hours)")
                #expect((answer["step_ms"] as? Int ?? 0) >= step * 1_000 / 2, "\(hours)")
                #expect(list(answer, "requests_per_second").compactMap { $0 }.allSatisfy { $0 == 3 }, "\(hours)")
                #expect(list(answer, "requests_per_second", in: "peaks").compactMap { $0 }.allSatisfy { $0 == 3 })
                #expect(list(answer, "request_p95_ms").compactMap { $0 }.allSatisfy { (4...6).contains($0) })
            }
        }
    }

    @Test(
        "times that cannot be, and too much at once, are refused with what to do", arguments: [DatabaseFixture.sqlite])
    func refusals(fixture: DatabaseFixture) async throws {
        try await withNodes(fixture, ["a"]) { nodes, _ in
            func kind(_ query: [String: String]) async throws -> ProblemKind? {
                do {
                    _ = try await nodes[0].call("getSamples", query: query)
                    return nil
                } catch let problem as Problem {
                    return problem.kind
                }
            }
            for (query, expected) in [
                (["from": "yesterday"], ProblemKind.unprocessable),
                (["from": "2026-03-01T12:00:00Z", "to": "2026-03-01T11:00:00Z"], .unprocessable),
                (["from": "2999-01-01T00:00:00Z"], .unprocessable), (["resolution": "2s"], .invalidRequest),
                ([:], nil), (["from": "0001-01-01T00:00:00Z"], nil), (["to": "2999-01-01T00:00:00Z"], nil),
                (["from": "1970-01-01T00:00:00Z", "to": "1970-01-02T00:00:00Z", "resolution": "1s"], nil),
                (["node": "nobody"], nil),
            ] as [([String: String], ProblemKind?)] {
                let refused = try await kind(query)
                #expect(refused == expected, "\(query)")
            }
        }
    }

    @Test(
        "a reader gets the newest second, then each new one, and goes on after the last it had",
        arguments: [DatabaseFixture.sqlite])
    func live(fixture: DatabaseFixture) async throws {
        try await withNodes(fixture, ["a"]) { nodes, time in
            go(nodes, 5, time)
            guard case .events(let events) = try await nodes[0].call("followSamples").body,
                let feed = events as? SampleFeed
            else { throw Unexpected(description: "it is no stream of events") }
            var reader = feed.makeAsyncIterator()
            let first = try #require(try await reader.next())
            #expect(first.type == "operations:sample")
            go(nodes, 2, time)
            let (second, third) = (try await reader.next(), try await reader.next())
            let ids = [first, second, third].compactMap { $0?.id.flatMap { Int64($0) } }
            #expect(ids == [ids[0], ids[0] + 1, ids[0] + 2])
            let sample = try #require(
                try JSONSerialization.jsonObject(with: Data(first.data.utf8)) as? [String: Any])
            #expect((sample["values"] as? [String: Double])?["requests_per_second"] == 1)
            guard
                case .events(let again) = try await nodes[0].call(
                    "followSamples", headers: ["last-event-id": "\(ids[0])"]
                ).body, let rest = again as? SampleFeed
            else { throw Unexpected(description: "it is no stream of events") }
            var returned = rest.makeAsyncIterator()
            #expect(try await returned.next()?.id == "\(ids[0] + 1)")
            nodes[0].service.live.finish()
            #expect(try await returned.next()?.id == "\(ids[0] + 2)")
            #expect(try await returned.next() == nil)
        }
    }

    @Test("with several nodes the seconds of all come together, a few seconds late", arguments: DatabaseFixture.all)
    func liveTogether(fixture: DatabaseFixture) async throws {
        try await withNodes(fixture, ["a", "b"]) { nodes, time in
            let feed = SampleFeed(sampling: nodes[0].service, node: nil, after: nil)
            var reader = feed.makeAsyncIterator()
            func round() async throws {
                go(nodes, 3, time)
                _ = try await nodes[1].service.perform(.store)
                _ = try await nodes[0].service.perform(.peers)
            }
            for _ in 0..<3 { try await round() }
            let event = try #require(try await reader.next())
            let sample = try #require(
                try JSONSerialization.jsonObject(with: Data(event.data.utf8)) as? [String: Any])
            #expect(sample["nodes"] as? Int == 2)
            #expect((sample["values"] as? [String: Double])?["requests_per_second"] == 2)
            let age = nodes[0].service.now.microseconds / 1_000_000 - (event.id.flatMap { Int64($0) } ?? 0)
            #expect((4...6).contains(age))
            try await round()
            var last = event
            for _ in 0..<3 {
                let next = try #require(try await reader.next())
                #expect(next.id.flatMap { Int64($0) } == last.id.flatMap { Int64($0) }.map { $0 + 1 })
                last = next
            }
        }
    }

    @Test(
        "what is answered has the declared names, and every operation is for whoever runs the server",
        arguments: [DatabaseFixture.sqlite])
    func declared(fixture: DatabaseFixture) async throws {
        try await withNodes(fixture, ["a"]) { nodes, time in
            go(nodes, 70, time)
            _ = try await nodes[0].service.perform(.facts)
            _ = try await nodes[0].service.perform(.store)
            go(nodes, 2, time)
            #expect(SampleEndpoints(nodes[0].service).all.allSatisfy { $0.access == .needs(.operate) })
            func names(_ schema: String) -> Set<String> {
                guard case .object(let properties)? = SampleSchemas.all[schema] else { return [] }
                return Set(properties.map(\.name))
            }
            let fields = Set(SampleField.all.map(\.name))
            #expect(fields.count == SampleField.all.count)
            let series = try await nodes[0].json("getSamples", query: ["resolution": "1m"])
            #expect(Set(series.keys) == names("OperationsSeries"))
            #expect(fields.isSuperset(of: (series["values"] as? [String: Any] ?? [:]).keys))
            let feed = SampleFeed(sampling: nodes[0].service, node: nil, after: nil)
            var reader = feed.makeAsyncIterator()
            let event = try #require(try await reader.next())
            let sample = try #require(
                try JSONSerialization.jsonObject(with: Data(event.data.utf8)) as? [String: Any])
            #expect(Set(sample.keys) == names("OperationsSample"))
            let values = sample["values"] as? [String: Double] ?? [:]
            #expect(fields.isSuperset(of: values.keys) && values["jobs_ready"] == 0)
            let list = try await nodes[0].json("listNodes")["items"] as? [[String: Any]]
            #expect(list?.first?["name"] as? String == "a" && list?.first?["this"] as? Bool == true)
        }
    }
}
