import AsyncHTTPClient
import Conformance
import Foundation
import NIOCore
import NIOHTTP1
import Testing

extension SystemTests {
    /// Rate limits over processes of their own.
    @Suite("B6: limits over three nodes")
    struct Limits {
        /// Those whose nodes count together: a SQLite file without Redis is for one server.
        private static let shared = StoreFixture.all.filter { $0.hasIndex || !$0.description.contains("sqlite") }

        @Test("three servers together admit exactly as many attempts as the limit", arguments: shared)
        func exact(fixture: StoreFixture) async throws {
            try await fixture.withPlace { settings in
                let limits = ["SUISHA_LIMITS_RATE": "sign-in=7/min", "SUISHA_LIMITS_NODES": "3"]
                try await Installation.with(settings.merging(limits) { $1 }) { installation in
                    var nodes: [API] = []
                    for _ in 0..<3 { nodes.append(try await installation.server(roles: "api").api) }
                    let statuses = try await withThrowingTaskGroup(of: Int.self) { [nodes] group in
                        for index in 0..<30 { group.addTask { try await Self.attempt(at: nodes[index % 3]) } }
                        return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
                    }
                    #expect(statuses == [403: 7, 429: 23])
                }
            }
        }

        @Test(
            "without Redis nobody signs in, everything else goes on, and it recovers by itself",
            .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/redis-server")))
        func redisKilled() async throws {
            try await Installation.with { installation in
                let socket = installation.folder.appending(path: "redis.sock").path
                let command = ["/usr/bin/redis-server", "--port", "0", "--unixsocket", socket, "--save", ""]
                let redis = try installation.run(command)
                try await eventually("redis listens") { FileManager.default.fileExists(atPath: socket) }
                let (_, api) = try await installation.server(
                    roles: "api",
                    environment: [
                        "SUISHA_QUEUE_URL": "redis+unix://\(socket)", "SUISHA_LIMITS_RATE": "sign-in=1000/min",
                    ])
                #expect(try await Self.attempt(at: api) == 403)
                try await redis.killNow()
                try await eventually("sign-in is refused while attempts cannot be counted") {
                    try await Self.attempt(at: api) == 503
                }
                let page = try await HTTPClient.shared.execute(
                    HTTPClientRequest(url: api.url.absoluteString + "/sign-in"), timeout: .seconds(60))
                #expect(page.status == .ok && page.headers.contains(name: "RateLimit"))
                _ = try installation.run(command)
                try await eventually("sign-in works again") { try await Self.attempt(at: api) == 403 }
            }
        }

        /// Tries a wrong token as a browser does; returns the status.
        private static func attempt(at api: API) async throws -> Int {
            var request = HTTPClientRequest(url: api.url.absoluteString + "/sign-in")
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "multipart/form-data; boundary=b")
            request.headers.add(name: "Sec-Fetch-Site", value: "same-origin")
            let form = "--b\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nwrong\r\n--b--\r\n"
            request.body = .bytes(Data(form.utf8))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
            _ = try await response.body.collect(upTo: 1 << 20)
            return Int(response.status.code)
        }
    }
}
