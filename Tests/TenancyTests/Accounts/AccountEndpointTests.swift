import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Tenancy
import Testing

@Suite("The operations of accounts (B1, B2, C1)")
struct AccountEndpointTests {
    private static let words = "water wheels turn slowly"
    private static let signUp: [String: any Sendable] = [
        "email": "aiko@example.com", "name": "Aiko", "password": words, "language": "ja",
    ]
    private static let signIn: [String: any Sendable] = ["email": "aiko@example.com", "password": words]

    @Test(
        "a browser signs up, in and out with a cookie that scripts and other sites do not see",
        arguments: DatabaseFixture.all)
    func browser(fixture: DatabaseFixture) async throws {
        try await EndpointTrial.with(fixture) { trial in
            #expect(try await trial.call("signUp", Self.signUp).status == 202)
            let letter = try #require(try await trial.accounts.newLetters().first)
            #expect(letter.subject == "メールアドレスの確認")
            let token = try AccountTrial.token(in: letter.body).revealed
            #expect(
                try await trial.call("confirmSignUp", ["token": token, "password": Self.words]).status == 204)
            let signedIn = try await trial.call("signIn", Self.signIn)
            let cookie = try #require(signedIn.cookies.first)
            #expect(cookie.hasPrefix("__Host-suisha_account=suisha_s_"))
            for flag in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"] { #expect(cookie.contains(flag)) }
            #expect(signedIn.headers["Cache-Control"] == "no-store")
            let account = try await trial.call("getAccount", headers: signedIn.cookie)
            #expect(try account.text("language") == "ja")
            let sessions = try await trial.call("listSessions", headers: signedIn.cookie).items()
            #expect(sessions.count == 1 && sessions[0]["is_current"] as? Bool == true)
            #expect(sessions[0]["address"] as? String == "192.0.2.7")
            let out = try await trial.call("signOut", headers: signedIn.cookie)
            #expect(out.cookies.first?.contains("Max-Age=0") == true)
            let problem = try await refusal { try await trial.call("getAccount", headers: signedIn.cookie) }
            #expect(problem.kind == .unauthenticated)
        }
    }

    @Test("a program signs in with tokens, and makes a key within its rights", arguments: DatabaseFixture.all)
    func program(fixture: DatabaseFixture) async throws {
        try await EndpointTrial.with(fixture) { trial in
            let user = try await trial.accounts.signUp()
            _ = try await trial.accounts.workspaces.create(name: "Mill", owner: user, by: Caller(.local))
            var body = Self.signIn
            body["for"] = "program"
            let pair = try await trial.call("signIn", body)
            #expect(pair.cookies.isEmpty)
            let bearer = ["authorization": "Bearer \(try pair.text("access_token"))"]
            #expect(try await trial.call("getAccount", headers: bearer).text("id") == user.description)
            let next = try await trial.call("refreshTokens", ["refresh_token": try pair.text("refresh_token")])
            #expect(try next.text("refresh_token") != pair.text("refresh_token"))
            let made = try await trial.call(
                "createKey", ["name": "ci", "permissions": ["jobs:read", "keys:write"]], headers: bearer)
            let key = ["authorization": "bearer \(try made.text("secret"))"]
            // A key makes no key that allows more than it does itself, and is no person.
            let more = try await refusal {
                try await trial.call("createKey", ["name": "x", "permissions": ["jobs:write"]], headers: key)
            }
            #expect(more.kind == .forbidden)
            _ = try await trial.call("createKey", ["name": "x", "permissions": ["jobs:read"]], headers: key)
            #expect(try await refusal { try await trial.call("getAccount", headers: key) }.kind == .forbidden)
            let listed = try await trial.call("listKeys", headers: bearer).items()
            #expect(listed.count == 2 && listed.allSatisfy { $0["secret"] == nil })
            let id = try made.text("id")
            #expect(try await trial.call("revokeKey", path: ["id": id], headers: bearer).status == 204)
            let gone = try await refusal { try await trial.call("listKeys", headers: key) }
            #expect(gone.kind == .unauthenticated)
        }
    }

    @Test("the first person takes over the server's own workspace", arguments: DatabaseFixture.all)
    func welcome(fixture: DatabaseFixture) async throws {
        try await EndpointTrial.with(fixture) { trial in
            let link = try #require(try await trial.accounts.accounts.ownerLink())
            var body = Self.signUp
            body["token"] = try AccountTrial.token(in: link).revealed
            let answer = try await trial.call("claimServer", body)
            #expect(answer.status == 201)
            let request = EndpointRequest(
                principal: Principal(workspace: .local, permissions: []), requestID: "r", headers: answer.cookie)
            let principal = try await trial.callers.caller(request).principal(in: nil)
            #expect(principal.workspace == .local)
            #expect(principal.permissions.contains(.operate) && principal.permissions.contains(.workspaceDelete))
            #expect(try await refusal { try await trial.call("claimServer", body) }.kind == .notFound)
        }
    }

    @Test("somebody who was invited by letter has an account and is a member at once", arguments: DatabaseFixture.all)
    func invited(fixture: DatabaseFixture) async throws {
        var settings = AccountSettings.open
        settings.signUp = .inviteOnly
        try await AccountTrial.with(fixture, settings, invitations: .store, isAudited: true) { trial in
            let link = try #require(try await trial.accounts.ownerLink())
            let owner = try await trial.accounts.claimOwner(
                try AccountTrial.token(in: link), try trial.form("owner@example.com"), client: AccountTrial.client)
            let principal = try await trial.sessions.authenticate(owner.token).principal(in: .local)
            let tenants = trial.workspaces.tenants
            let role = try #require(try await RoleStore(tenants).roles(in: .local).first { $0.name == "editor" })
            let post = InviteLetters(mail: trial.mail, publicOrigin: settings.publicOrigin)
            let invites = InviteStore(tenants, post: post)
            _ = try await invites.invite(email: "Aiko@example.com", role: role.id, by: Caller(principal))
            let secret = try await trial.link()
            // Whoever invites does not learn who has an account.
            let known = try await invites.invite(email: "owner@example.com", role: role.id, by: Caller(principal))
            let letters = try await trial.newLetters()
            let unknown = try await invites.invite(email: "cho@example.com", role: role.id, by: Caller(principal))
            #expect(known.invite.role == unknown.invite.role && known.invite.acceptedAt == nil)
            #expect(try await trial.newLetters().map(\.subject) == letters.map(\.subject))
            let stranger = try await refusal {
                try await trial.accounts.signUp(
                    try trial.form("other@example.com"), invitation: secret, client: AccountTrial.client)
            }
            #expect(stranger.kind == .forbidden)
            let outcome = try await trial.accounts.signUp(
                try trial.form(), invitation: secret, client: AccountTrial.client)
            guard case .signedIn(let session) = outcome else { throw NeverHappened("an account at once") }
            let grants = try await trial.sessions.authenticate(session.token).grants
            #expect(grants.map(\.workspace) == [.local] && grants[0].permissions.contains(.jobsWrite))
            // The last owner cannot close the account, and hears why.
            let caller = try await trial.sessions.authenticate(owner.token)
            let last = try await refusal { try await trial.accounts.delete(caller, password: AccountTrial.password) }
            #expect(last.kind == .conflict)
            _ = try await trial.signIn("owner@example.com")
            try await trial.accounts.delete(
                try await trial.sessions.authenticate(session.token), password: AccountTrial.password)
            #expect(try await MemberStore(tenants).members(of: .local).count == 1)
        }
    }

    @Test(
        "the log of the server tells of sign-ins and refusals, with an address and without secrets",
        arguments: DatabaseFixture.all)
    func audit(fixture: DatabaseFixture) async throws {
        try await EndpointTrial.with(fixture) { trial in
            try await trial.accounts.signUp()
            _ = try await trial.call("signIn", Self.signIn)
            for email in ["aiko@example.com", "nobody@example.com"] {
                _ = try await refusal {
                    try await trial.call("signIn", ["email": email, "password": "wrong password"])
                }
            }
            try await trial.accounts.inbox.flush()
            let rows = try await trial.accounts.trial.database.read { connection throws(StorageError) in
                try connection.query("SELECT * FROM audit_entry ORDER BY seq")
            }
            let text = rows.map { "\($0.values)" }.joined(separator: "\n")
            for word in ["account.created", "session.began", "session.begin", "192.0.2.7"] {
                #expect(text.contains(word))
            }
            #expect(!text.contains("nobody@example.com") && !text.contains("suisha_s_"))
        }
    }

    @Test(
        "who runs the server disables people and passes the work on, and never locks everybody out",
        arguments: DatabaseFixture.all)
    func operators(fixture: DatabaseFixture) async throws {
        try await EndpointTrial.with(fixture) { trial in
            let link = try #require(try await trial.accounts.accounts.ownerLink())
            var body = Self.signUp
            body["email"] = "owner@example.com"
            body["token"] = try AccountTrial.token(in: link).revealed
            let owner = try await trial.call("claimServer", body)
            let ownerID = try owner.text("user")
            let aiko = try await trial.accounts.signUp()
            let signedIn = try await trial.call("signIn", Self.signIn)
            let listed = try await trial.call("listAccounts", headers: owner.cookie).items()
            #expect(Set(listed.compactMap { $0["id"] as? String }) == [ownerID, aiko.description])
            let denied = try await refusal { try await trial.call("listAccounts", headers: signedIn.cookie) }
            #expect(denied.kind == .forbidden)
            let last = try await refusal {
                try await trial.call("disableAccount", path: ["id": ownerID], headers: owner.cookie)
            }
            #expect(last.kind == .conflict)
            let path = ["id": aiko.description]
            _ = try await trial.call("disableAccount", path: path, headers: owner.cookie)
            let gone = try await refusal { try await trial.call("getAccount", headers: signedIn.cookie) }
            #expect(gone.kind == .unauthenticated)
            _ = try await trial.call("enableAccount", path: path, headers: owner.cookie)
            let before = try await trial.call("signIn", Self.signIn)
            _ = try await trial.call("setOperator", ["is_operator": true], path: path, headers: owner.cookie)
            // Not in a session that was begun with fewer rights.
            let ended = try await refusal { try await trial.call("getAccount", headers: before.cookie) }
            #expect(ended.kind == .unauthenticated)
            let again = try await trial.call("signIn", Self.signIn)
            _ = try await trial.call(
                "setOperator", ["is_operator": false], path: ["id": ownerID], headers: again.cookie)
            let former = try await refusal { try await trial.call("listAccounts", headers: owner.cookie) }
            #expect(former.kind == .unauthenticated)
            let kid = try await trial.call("rotateSigningKeys", headers: again.cookie).text("kid")
            let set = try await trial.call("listSigningKeys")
            guard case .data(let data, _) = set.body else { throw NeverHappened("a key set") }
            #expect(String(decoding: data, as: UTF8.self).contains(kid))
        }
    }

    @Test(
        "entries of keys, of service accounts and of what operators do say who did it", arguments: DatabaseFixture.all)
    func actors(fixture: DatabaseFixture) async throws {
        try await EndpointTrial.with(fixture) { trial in
            let link = try #require(try await trial.accounts.accounts.ownerLink())
            var body = Self.signUp
            body["email"] = "owner@example.com"
            body["token"] = try AccountTrial.token(in: link).revealed
            let owner = try await trial.call("claimServer", body)
            let ownerID = try owner.text("user")
            let aiko = try await trial.accounts.signUp()
            let robot = try await trial.call("createServiceAccount", ["name": "robot"], headers: owner.cookie)
            let key = try await trial.call(
                "createKey", ["name": "ci", "permissions": ["jobs:read"]], headers: owner.cookie)
            for (operation, id) in [("revokeKey", try key.text("id")), ("disableServiceAccount", try robot.text("id"))]
            {
                _ = try await trial.call(operation, path: ["id": id], headers: owner.cookie)
            }
            for operation in ["disableAccount", "enableAccount"] {
                _ = try await trial.call(operation, path: ["id": aiko.description], headers: owner.cookie)
            }
            _ = try await trial.call(
                "setOperator", ["is_operator": true], path: ["id": aiko.description], headers: owner.cookie)
            let log = AuditLog(trial.accounts.workspaces.tenants)
            for action in [
                "key.created", "key.revoked", "service_account.created", "service_account.disabled", "account.disabled",
                "account.enabled", "account.operator_changed",
            ] {
                let entries = try await log.entries(in: .local, filter: .init(action: action))
                #expect(entries.map(\.actor) == [ownerID], "\(action)")
                #expect(entries.map(\.request) == ["req_1"], "\(action)")
            }
        }
    }

    @Test(
        "an unknown address and a known one are answered with the same bytes at sign-in, reset and sign-up",
        arguments: DatabaseFixture.all)
    func sameAnswers(fixture: DatabaseFixture) async throws {
        try await EndpointTrial.with(fixture) { trial in
            try await trial.accounts.signUp()
            func answer(_ operation: String, _ body: [String: any Sendable]) async throws -> String {
                do {
                    let response = try await trial.call(operation, body)
                    return "\(response.status) \(response.headers) \(response.cookies) \(response.body)"
                } catch let problem as Problem {
                    return "\(problem)"
                }
            }
            for (operation, more) in [
                ("signIn", ["password": "wrong password"]), ("requestPasswordReset", [:]),
                ("signUp", ["name": "X", "password": "another long password"]),
            ] as [(String, [String: any Sendable])] {
                var answers: Set<String> = []
                for email in ["aiko@example.com", "nobody@example.com"] {
                    answers.insert(try await answer(operation, more.merging(["email": email]) { $1 }))
                }
                #expect(answers.count == 1, "\(operation): \(answers)")
            }
        }
    }

    @Test("every operation has a schema for what it takes, and an id of its own")
    func declarations() async throws {
        try await EndpointTrial.with(.sqlite) { trial in
            #expect(Set(trial.endpoints.map(\.id)).count == trial.endpoints.count)
            #expect(Set(trial.endpoints.map { "\($0.method) \($0.path)" }).count == trial.endpoints.count)
            for endpoint in trial.endpoints {
                for case .json(let schema) in endpoint.accepts {
                    if case .named(let name) = schema { Issue.record("\(endpoint.id): \(name)") }
                }
                for content in endpoint.answers.flatMap(\.content) {
                    if case .named(let name) = content.schema { Issue.record("\(endpoint.id): \(name)") }
                }
            }
        }
    }
}
