import Conformance
import Foundation
import Testing

extension SystemTests {
    /// Live operations of real processes.
    @Suite("G2: live operations of two processes")
    struct Samples {
        @Test(
            "an api and a worker are seen together each second, and what both did stays readable after the end of one")
        func together() async throws {
            try await Installation.with(["SUISHA_OPERATIONS_NODE": "trial"]) { installation in
                let (worker, _) = try await installation.server(roles: "api,worker")
                let (_, api) = try await installation.server(roles: "api")
                try await eventually("both nodes are there") {
                    try await Self.nodes(api).filter { $0["alive"] as? Bool == true }.count == 2
                }
                let names = Set(try await Self.nodes(api).compactMap { $0["name"] as? String })
                #expect(names == ["trial", "trial-2"])
                try await eventually("the seconds of both are read together") {
                    let series = try await Self.series(api)
                    let processes = (series["values"] as? [String: [Any]])?["process_memory_bytes"] ?? []
                    return series["nodes"] as? [String] == ["trial", "trial-2"] && processes.contains { $0 is NSNumber }
                }
                worker.signal(SIGTERM)
                #expect(try await worker.ended() == 0)
                let left = try await Self.nodes(api).filter { $0["alive"] as? Bool == false }
                #expect(left.count == 1 && left.first?["seen_at"] == nil)
                #expect(try await Self.series(api)["nodes"] as? [String] == ["trial", "trial-2"])
            }
        }

        @Test("nobody but whoever runs the server sees it")
        func closed() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server(roles: "api")
                for path in ["samples", "samples/live", "nodes", "sampling"] {
                    let stranger = API(url: api.url, token: "wrong")
                    #expect(try await stranger.send("GET", "/api/v1/operations/\(path)").status == 401)
                }
            }
        }

        private static func nodes(_ api: API) async throws -> [[String: Any]] {
            let answer = try await api.send("GET", "/api/v1/operations/nodes")
            let object = try JSONSerialization.jsonObject(with: answer.body) as? [String: Any]
            return object?["items"] as? [[String: Any]] ?? []
        }

        private static func series(_ api: API) async throws -> [String: Any] {
            let answer = try await api.send("GET", "/api/v1/operations/samples?resolution=1s")
            return try JSONSerialization.jsonObject(with: answer.body) as? [String: Any] ?? [:]
        }
    }
}
