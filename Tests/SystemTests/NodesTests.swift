import Conformance
import Foundation
import Testing

extension SystemTests {
    /// Three servers on one PostgreSQL and one Redis, which dies and comes back.
    @Suite("B1, B6: three nodes with and without their Redis")
    struct Nodes {
        private static let settings = [
            "SUISHA_LIMITS_RATE": "read=9/min, sign-in=1000/min, standard=off, workspace-write=off",
            "SUISHA_LIMITS_NODES": "3",
        ]
        private static let login = #"{"email": "owner@example.com", "password": "a long enough password"}"#

        /// Attacks: what the nodes tell each other, and what they count together.
        @Test(
            "limits admit exactly N, sign-out is in effect on all, killing Redis degrades as promised, and it recovers",
            .enabled(if: RedisServer.isExpected))
        func redisDies() async throws {
            try await DatabaseFixture.postgres.withPlace { url in
                try await RedisServer.with { redis in
                    let places = ["SUISHA_DATABASE_URL": url, "SUISHA_QUEUE_URL": redis.url]
                    try await Installation.with(Self.settings.merging(places) { $1 }) { installation in
                        var nodes: [URL] = []
                        for _ in 0..<3 { nodes.append(try await installation.server(roles: "api").api.url) }
                        let owner = try await installation.owner(at: nodes[0])
                        var robots: [Visitor] = []
                        for name in ["before", "without", "after"] { robots.append(try await Self.robot(name, owner)) }

                        #expect(try await Self.reads(by: robots[0], at: nodes) == [200: 9, 429: 21])
                        try await Self.signOutEndsEverywhere(nodes)

                        let second = try await Self.session(at: nodes[0])
                        try await redis.kill()
                        for node in nodes {
                            try await eventually("\(node) refuses sign-in while attempts cannot be counted") {
                                try await Self.signIn(at: node) == 503
                            }
                            // Its share, and no more, by itself.
                            #expect(try await Self.reads(by: robots[1], at: [node]) == [200: 3, 429: 27], "\(node)")
                        }
                        try await Self.expectEnd(of: second, on: nodes)

                        try await redis.start()
                        for node in nodes {
                            try await eventually("\(node) signs people in again") {
                                try await Self.signIn(at: node) == 200
                            }
                        }
                        #expect(try await Self.reads(by: robots[2], at: nodes) == [200: 9, 429: 21])
                        try await Self.signOutEndsEverywhere(nodes)
                    }
                }
            }
        }

        /// Thirty reads of one caller at once; how many were answered with which status.
        private static func reads(by caller: Visitor, at nodes: [URL]) async throws -> [Int: Int] {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<30 {
                    let visitor = caller.at(nodes[index % nodes.count])
                    group.addTask { try await visitor.send("GET", "/api/v1/jobs?limit=1").status }
                }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
        }

        /// Somebody with a key, whose calls count apart from everybody else's.
        private static func robot(_ name: String, _ owner: Visitor) async throws -> Visitor {
            let workspace = try await owner.send("POST", "/api/v1/workspaces", #"{"name": "\#(name)"}"#).text("id")
            let key = try await owner.in(workspace).send(
                "POST", "/api/v1/keys", #"{"name": "\#(name)", "permissions": ["jobs:read"]}"#)
            #expect(key.status == 201, "\(key.all)")
            return Visitor(at: owner.url, token: try key.text("secret"))
        }

        private static func session(at node: URL) async throws -> Visitor {
            let reply = try await Visitor(at: node).send("POST", "/api/v1/account/sign-in", login)
            return Visitor(at: node, cookie: try Visitor.cookie(in: reply))
        }

        private static func signIn(at node: URL) async throws -> Int {
            try await Visitor(at: node).send("POST", "/api/v1/account/sign-in", login).status
        }

        private static func signOutEndsEverywhere(_ nodes: [URL]) async throws {
            try await expectEnd(of: session(at: nodes[0]), on: nodes)
        }

        /// Signs out at the first node, once all of them know the session. The contract says a second; busy machines get five.
        private static func expectEnd(of visitor: Visitor, on nodes: [URL]) async throws {
            for node in nodes + nodes {
                #expect(try await visitor.at(node).send("GET", "/api/v1/account").status == 200)
            }
            #expect(try await visitor.at(nodes[0]).send("POST", "/api/v1/account/sign-out").status == 204)
            for node in nodes {
                try await eventually("the session has ended at \(node)", within: .seconds(5)) {
                    try await visitor.at(node).send("GET", "/api/v1/account").status == 401
                }
            }
        }
    }
}
