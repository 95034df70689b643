import Conformance
import Foundation
import NIOCore
import Testing

extension SystemTests {
    /// Clients that take their time, from a tool that others made for it.
    @Suite("Attack list: slowhttptest")
    struct SlowClients {
        private static let program = "/usr/bin/slowhttptest"
        private static let connections = 200

        /// Attacks: connections that are held for ever, by headers, by a body and by an answer that nobody reads.
        @Test("six hundred connections that dawdle keep nobody else from being served")
        func dawdling() async throws {
            guard FileManager.default.isExecutableFile(atPath: Self.program) else {
                guard ProcessInfo.processInfo.environment["CI"] == nil else {
                    throw NeverHappened("CI has no slowhttptest: apt-get install slowhttptest")
                }
                try Test.cancel("no slowhttptest: apt-get install slowhttptest")
            }
            try await Installation.with(["SUISHA_LIMITS_RATE": "sign-in=off"]) { installation in
                let (server, api) = try await installation.server(roles: "api")
                let root = api.url.absoluteString
                let attacks = try [
                    ["-H", "-u", "\(root)/livez"],
                    ["-B", "-u", "\(root)/api/v1/account/sign-in", "-f", "application/json", "-s", "100000"],
                    ["-X", "-u", "\(root)/openapi.json", "-k", "3", "-n", "5", "-w", "10", "-y", "20", "-z", "32"],
                ].map { attack in
                    let usual = [
                        "-c", "\(Self.connections)", "-r", "\(Self.connections)", "-i", "1", "-l", "10", "-p", "10",
                    ]
                    return try installation.run([Self.program] + attack + usual + ["-v", "1"])
                }
                try await eventually("the attacks end") { () -> Bool in
                    let reply = try await api.send("GET", "/api/v1/kinds", within: .seconds(10))
                    #expect(reply.status == 200)
                    return attacks.allSatisfy { !$0.isRunning }
                }
                for attack in attacks {
                    let text = attack.logText.replacing(/\u{1B}\[[0-9;]*m/, with: "")
                    // Its own look at the server, over a new connection each time.
                    #expect(text.contains(/service available: +YES/), "\(text)")
                    #expect(!text.contains(/service available: +NO/), "\(text)")
                    let held = text.matches(of: /connected: +([0-9]+)/).compactMap { Int($0.1) }.max() ?? 0
                    #expect(held > Self.connections / 2, "It was an attack: \(text)")
                }
                #expect(server.isRunning)
            }
        }
    }
}
