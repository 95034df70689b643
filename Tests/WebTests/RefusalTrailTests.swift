import Foundation
import Model
import NIOHTTP1
import Tenancy
import Testing

@testable import Web

@Suite("What callers are refused is in the audit log, and a flood is a count (B6, B8)")
struct RefusalTrailTests {
    private static let json = [("Content-Type", "application/json")]

    /// A key of the owner's: its id and the header of whoever has it.
    private func key(
        _ server: TestServer, _ owner: String, _ permissions: String = #""jobs:read""#
    ) async throws -> (id: String, bearer: [(String, String)], secret: String) {
        let made = try await server.send(
            .POST, "/api/v1/keys", as: .nobody,
            [("Cookie", owner), ("Sec-Fetch-Site", "same-origin")] + Self.json,
            body: #"{"name":"robot","permissions":[\#(permissions)]}"#)
        let secret = try made.string("secret")
        return (try made.string("id"), [("Authorization", "Bearer \(secret)")], secret)
    }

    @Test("whoever calls too often is in the log once, and then with a count")
    func tooMany() async throws {
        try await TestServer.with(worker: false, limits: "read=2/min", accounts: true) { server in
            let accounts = try #require(server.accounts)
            let key = try await key(server, try await accounts.owner())
            for number in 0..<12 {
                let answer = try await server.send(.GET, "/api/v1/jobs", as: .nobody, key.bearer)
                #expect(answer.status == (number < 2 ? 200 : 429))
            }
            let refused = try await accounts.entries(in: .local, .init(outcome: .refused))
            #expect(refused.map(\.action) == ["listJobs", "listJobs"])
            #expect(refused.allSatisfy { $0.actor.hasPrefix("user_") && $0.detail.text.contains(key.id) })
            #expect(try #require(refused.last).detail.decode([String: String].self)["times"] == "9")
        }
    }

    @Test("attempts of strangers beyond their limit are counted together")
    func strangers() async throws {
        try await TestServer.with(worker: false, limits: "standard=2/min", accounts: true) { server in
            let accounts = try #require(server.accounts)
            for number in 0..<8 {
                let answer = try await server.send(
                    .GET, "/api/v1/jobs", as: .nobody, [("Authorization", "Bearer guess\(number)")])
                #expect(answer.status == (number < 2 ? 401 : 429))
            }
            let refused = try await accounts.entries(in: .local, .init(outcome: .refused))
            #expect(refused.map(\.actor) == ["anonymous", "anonymous"])
            #expect(try #require(refused.last).detail.decode([String: String].self)["times"] == "5")
        }
    }

    @Test("a key that is revoked or guessed is in the log of its workspace, with where it came from")
    func badKeys() async throws {
        try await TestServer.with(worker: false, limits: "standard=off", accounts: true) { server in
            let accounts = try #require(server.accounts)
            let owner = try await accounts.owner()
            let key = try await key(server, owner)
            let wrong = String(key.secret.dropLast(4)) + (key.secret.hasSuffix("AAAA") ? "BBBB" : "AAAA")
            let guess = [("Authorization", "Bearer \(wrong)")]
            #expect(try await server.send(.GET, "/api/v1/jobs", as: .nobody, guess).status == 401)
            let revoked = try await server.send(
                .DELETE, "/api/v1/keys/\(key.id)", as: .nobody,
                [("Cookie", owner), ("Sec-Fetch-Site", "same-origin")])
            #expect(revoked.status == 204)
            for _ in 0..<5 {
                #expect(try await server.send(.GET, "/api/v1/jobs", as: .nobody, key.bearer).status == 401)
            }
            // What never was a key is nobody's.
            let never = [("Authorization", "Bearer \(key.secret.reversed().map(String.init).joined())")]
            #expect(try await server.send(.GET, "/api/v1/jobs", as: .nobody, never).status == 401)

            let refused = try await accounts.entries(in: .local, .init(outcome: .refused))
            #expect(refused.map(\.action) == ["key.use", "key.use"])
            #expect(refused.allSatisfy { $0.target == key.id && $0.actor == "anonymous" && $0.address != nil })
            let count = try #require(refused.last).detail.decode([String: String].self)
            #expect(count["times"] == "5" && !refused.contains { $0.detail.text.contains(key.secret) })
        }
    }

    @Test(
        "a workspace that is not the caller's is in the log of the server, and for a key in that of its own workspace")
    func strays() async throws {
        try await TestServer.with(worker: false, accounts: true) { server in
            let accounts = try #require(server.accounts)
            let owner = try await accounts.owner()
            let key = try await key(server, owner)
            let elsewhere = WorkspaceID().description
            for who in [[("Cookie", owner)], key.bearer] {
                let answer = try await server.send(
                    .GET, "/api/v1/jobs", as: .nobody, who + [("X-Workspace", elsewhere)])
                #expect(answer.status == 404)
            }
            let refused = try await accounts.entries(in: .local, .init(action: "workspace.enter"))
            #expect(refused.map(\.target) == [elsewhere, elsewhere] && refused.allSatisfy { $0.outcome == "refused" })
            #expect(refused.last?.detail.text.contains(key.id) == true)
        }
    }
}
