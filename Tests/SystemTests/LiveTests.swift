import Conformance
import Foundation
import Testing

extension SystemTests {
    /// `examples/live.py` follows jobs while everything that it stands on fails.
    @Suite("C2, C3: who watches a job sees each entry of its journal once and in order")
    struct LiveUpdates {
        private struct Event: Decodable {
            let stream: String
            let seq: Int64?
            let snapshot: Snapshot?
            struct Snapshot: Decodable {}
        }
        private struct Journal: Decodable {
            struct Item: Decodable { let position: Int64 }
            let items: [Item]
            let next: String?
        }

        /// Attacks: the connection, the memory of the node, the numbers.
        @Test(
            "a server that is killed again and again loses nothing of what its watchers see",
            arguments: DatabaseFixture.all)
        func serverDies(fixture: DatabaseFixture) async throws {
            try await fixture.withPlace { url in
                try await follow(["SUISHA_DATABASE_URL": url]) { scene in
                    // A third lost worker would make the job a poisonous one.
                    for _ in 0..<2 {
                        try await scene.waitForMore()
                        try await scene.restartServer()
                    }
                }
            }
        }

        /// Attacks: the truth, and the wake-ups between processes. The jobs run in a worker of their own, so that everything
        /// that is seen has come from another process.
        @Test("PostgreSQL and Redis restart, and watchers on another node than the worker miss nothing")
        func storesRestart() async throws {
            try await PostgresServer.with { postgres in
                try await RedisServer.with { redis in
                    let settings = ["SUISHA_DATABASE_URL": postgres.url, "SUISHA_QUEUE_URL": redis.url]
                    try await follow(settings, roles: "api", workers: 2) { scene in
                        try await scene.waitForMore()
                        try await redis.kill()
                        try await scene.waitForMore()
                        try await redis.start()
                        try await scene.waitForMore()
                        try await postgres.control("restart")
                        try await scene.waitForMore()
                    }
                }
            }
        }

        /// Without a Redis the database itself wakes the others.
        @Test("three processes on PostgreSQL alone")
        func threeProcesses() async throws {
            try await DatabaseFixture.postgres.withPlace { url in
                try await follow(["SUISHA_DATABASE_URL": url], roles: "api", workers: 2) { scene in
                    try await scene.waitForMore()
                }
            }
        }

        /// What a test disturbs.
        private final class Scene {
            let installation: Installation
            let watcher: SuishaProcess
            var server: SuishaProcess
            let restart: () async throws -> SuishaProcess

            init(
                _ installation: Installation, _ watcher: SuishaProcess, _ server: SuishaProcess,
                restart: @escaping () async throws -> SuishaProcess
            ) {
                self.installation = installation
                self.watcher = watcher
                self.server = server
                self.restart = restart
            }

            var count: Int { watcher.logText.split(separator: "\n").count }

            /// Waits until the watcher has seen some more, or everything.
            func waitForMore() async throws {
                let before = count
                try await eventually("the watcher sees more than \(before) events: \(watcher.logText.suffix(500))") {
                    count >= before + 20 || !watcher.isRunning
                }
            }

            func restartServer() async throws {
                try await server.killNow()
                server = try await restart()
            }
        }

        /// Follows some talkative jobs from before they run until they have ended, and compares with their journals.
        private func follow(
            _ settings: [String: String], roles: String = "api,worker", workers: Int = 0,
            _ disturb: (Scene) async throws -> Void
        ) async throws {
            try await Installation.with(settings) { installation in
                let script = "for i in $(seq 1 60); do echo line $i >&2; sleep 0.1; done; echo '{}'"
                try Data("exec:\n  - kind: talk\n    attempts: 20\n    command: [sh, -c, \"\(script)\"]\n".utf8)
                    .write(to: installation.folder.appending(path: "suisha.yaml"))
                let (first, api) = try await installation.server(roles: roles)
                let port = try #require(api.url.port)
                var ids: [String] = []
                for number in 0..<2 {
                    let body = Data(#"{"kind":"talk","input":{"number":\#(number)}}"#.utf8)
                    let reply = try await api.send(
                        "POST", "/api/v1/jobs", headers: ["Content-Type": "application/json"], body: body)
                    ids.append(try reply.decode(API.JobDocument.self).id)
                }
                let watcher = try installation.run(
                    ["/usr/bin/env", "python3", "-B", SuishaProcess.project.appending(path: "examples/live.py").path]
                        + ids.map { "job:\($0)" },
                    environment: ["SUISHA_URL": api.url.absoluteString, "SUISHA_TOKEN": api.token])
                for _ in 0..<workers { _ = try installation.start(["worker"]) }
                let scene = Scene(installation, watcher, first) {
                    let again = try installation.start(["serve", "--roles", roles, "--http-port", String(port)])
                    try await eventually("the server is back; its log: \(again.logText)") {
                        again.logText.contains("server is listening")
                    }
                    return again
                }
                try await disturb(scene)
                #expect(try await watcher.ended(within: .seconds(120)) == 0, "\(watcher.logText)")
                let events = try watcher.logText.split(separator: "\n")
                    .map { try JSONDecoder().decode(Event.self, from: Data($0.utf8)) }
                for id in ids {
                    let seen = events.filter { $0.stream == "job:\(id)" }.map(\.seq)
                    #expect(seen == Array(1...Int64(max(1, seen.count))), "\(id)")
                    let journal = try await positions(id, api)
                    #expect(Int64(seen.count) == journal.last && journal == Array(1...Int64(journal.count)), "\(id)")
                    #expect(journal.count > 60)
                }
            }
        }

        private func positions(_ id: String, _ api: API) async throws -> [Int64] {
            var positions: [Int64] = []
            var after = "0"
            while true {
                let page = try await api.send(
                    "GET", "/api/v1/jobs/\(id)/events?after=\(after)", headers: ["Accept": "application/json"]
                ).decode(Journal.self)
                positions += page.items.map(\.position)
                guard let next = page.next else { return positions }
                after = next
            }
        }
    }
}
