import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Testing

@testable import Tenancy

@Suite("Access and refresh tokens (B2)")
struct TokenServiceTests {
    @Test("an access token lasts five minutes", arguments: DatabaseFixture.all)
    func lifetime(fixture: DatabaseFixture) async throws {
        try await TokenTrial.with(fixture) { trial in
            let session = try await trial.accounts.signIn()
            let pair = try await trial.tokens.issue(for: session)
            #expect(try await trial.tokens.authenticate(pair.access).user == session.user)
            trial.advance(by: .seconds(298))
            _ = try await trial.tokens.authenticate(pair.access)
            trial.advance(by: .seconds(3))
            #expect(try await refusal { try await trial.tokens.authenticate(pair.access) }.kind == .unauthenticated)
            let next = try await trial.tokens.refresh(pair.refresh)
            _ = try await trial.tokens.authenticate(next.access)
        }
    }

    @Test("a sign-out ends access and refresh tokens of the session at once", arguments: DatabaseFixture.all)
    func signOut(fixture: DatabaseFixture) async throws {
        try await TokenTrial.with(fixture) { trial in
            let session = try await trial.accounts.signIn()
            let pair = try await trial.tokens.issue(for: session)
            try await trial.accounts.accounts.signOut(try await trial.tokens.authenticate(pair.access))
            #expect(try await refusal { try await trial.tokens.authenticate(pair.access) }.kind == .unauthenticated)
            #expect(try await refusal { try await trial.tokens.refresh(pair.refresh) }.kind == .unauthenticated)
        }
    }

    @Test("twenty refreshes at once give one child", arguments: DatabaseFixture.all)
    func parallel(fixture: DatabaseFixture) async throws {
        try await TokenTrial.with(fixture) { trial in
            let pair = try await trial.tokens.issue(for: try await trial.accounts.signIn())
            let children = try await withThrowingTaskGroup(of: Secret.self) { group in
                for _ in 0..<20 { group.addTask { try await trial.tokens.refresh(pair.refresh).refresh } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(children.count == 20)
            #expect(Set(children).count == 1)
            let child = try #require(children.first)
            #expect(child != pair.refresh)
            _ = try await trial.tokens.refresh(child)
        }
    }

    @Test("a refresh token that comes back after the grace ends its session", arguments: DatabaseFixture.all)
    func reuse(fixture: DatabaseFixture) async throws {
        try await TokenTrial.with(fixture) { trial in
            let session = try await trial.accounts.signIn()
            let stolen = try await trial.tokens.issue(for: session).refresh
            let child = try await trial.tokens.refresh(stolen)
            trial.advance(by: .seconds(11))
            #expect(try await refusal { try await trial.tokens.refresh(stolen) }.kind == .unauthenticated)
            #expect(try await refusal { try await trial.tokens.refresh(child.refresh) }.kind == .unauthenticated)
            #expect(try await refusal { try await trial.tokens.authenticate(child.access) }.kind == .unauthenticated)
            #expect(
                try await refusal { try await trial.accounts.sessions.authenticate(session.token) }.kind
                    == .unauthenticated)
            #expect(trial.accounts.journal.events.contains(.refreshReused(session.user, session.id)))
        }
    }

    @Test("the second use is recognised when the row of the first is long gone", arguments: DatabaseFixture.all)
    func sweptReuse(fixture: DatabaseFixture) async throws {
        try await TokenTrial.with(fixture) { trial in
            let session = try await trial.accounts.signIn()
            let stolen = try await trial.tokens.issue(for: session).refresh
            let child = try await trial.tokens.refresh(stolen).refresh
            trial.advance(by: .seconds(8 * 86_400))
            #expect(try await trial.tokens.sweep() == 1)
            #expect(try await refusal { try await trial.tokens.refresh(stolen) }.kind == .unauthenticated)
            #expect(try await refusal { try await trial.tokens.refresh(child) }.kind == .unauthenticated)
        }
    }

    @Test("refresh tokens end with time, and a forged one ends nobody's session", arguments: DatabaseFixture.all)
    func refused(fixture: DatabaseFixture) async throws {
        try await TokenTrial.with(fixture) { trial in
            let session = try await trial.accounts.signIn()
            let pair = try await trial.tokens.issue(for: session)
            #expect(try await refusal { try await trial.tokens.issue(for: session) }.kind == .conflict)
            let other = try Vault([Secret(String(repeating: "o", count: 40))])
            for forged in [
                Secret(""), Secret("suisha_r_x"), Secret(pair.refresh.revealed + "x"),
                Secret(String(pair.refresh.revealed.dropLast())), Secret(String(repeating: "x", count: 100_000)),
                RefreshToken(first: session.id, vault: other, random: .system).secret,
            ] {
                #expect(try await refusal { try await trial.tokens.refresh(forged) }.kind == .unauthenticated)
            }
            _ = try await trial.accounts.sessions.authenticate(session.token)
            for _ in 0..<4 {
                trial.advance(by: .seconds(8 * 86_400))
                _ = try? await trial.accounts.sessions.authenticate(session.token)
            }
            #expect(try await refusal { try await trial.tokens.refresh(pair.refresh) }.kind == .unauthenticated)
        }
    }

    @Test(
        "keys rotate without a restart: the next one is known before, the old one for an hour",
        arguments: DatabaseFixture.all)
    func rotation(fixture: DatabaseFixture) async throws {
        try await TokenTrial.with(fixture) { trial in
            // Another node has read the keys before the rotation.
            let other = SigningKeys(
                database: trial.accounts.trial.database, vault: trial.accounts.vault, now: { trial.clock.now },
                wallClock: { trial.accounts.trial.clock.now })
            let before = try await other.document().keys.map(\.kid)
            #expect(before.count == 2)
            let session = try await trial.accounts.signIn()
            let old = try await trial.tokens.issue(for: session)
            let oldKid = try SignedToken(old.access.revealed).kid
            let (journal, caller) = (RecordingJournal(), Caller(.local, request: "req_test"))
            let newKid = try await trial.keys.rotate(by: caller, journal: journal)
            #expect(journal.events == [.signingKeysRotated(to: newKid, by: caller)])
            #expect(newKid != oldKid && Set(before) == [oldKid, newKid])
            let new = try await trial.tokens.refresh(old.refresh)
            #expect(try SignedToken(new.access.revealed).kid == newKid)
            #expect(try await other.verificationKey(newKid) != nil)
            #expect(try await other.verificationKey(oldKid) != nil)
            _ = try await trial.tokens.authenticate(old.access)
            #expect(try await trial.keys.document().keys.count == 3)
            trial.advance(by: .seconds(3_601))
            #expect(try await trial.keys.verificationKey(oldKid) == nil)
            try await trial.keys.rotate()
            #expect(!(try await trial.keys.document().keys.map(\.kid).contains(oldKid)))
            // A key that another node made a moment ago is looked for, but not at every request.
            #expect(try await other.verificationKey("unknown") == nil)
        }
    }

    @Test("nodes that start together agree on the keys", arguments: DatabaseFixture.all)
    func together(fixture: DatabaseFixture) async throws {
        try await fixture.withDatabase(migrations: Migration.all + TenancyMigrations.all) { trial in
            let vault = try Vault([Secret(String(repeating: "k", count: 40))])
            let active = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        let keys = SigningKeys(database: trial.database, vault: vault)
                        try await keys.prepare()
                        return try await keys.current().active.kid
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(active.count == 1)
        }
    }

    @Test("the private part is encrypted, and bound to its row")
    func encrypted() async throws {
        try await TokenTrial.with(.sqlite) { trial in
            let rows = try await trial.accounts.trial.database.read { connection throws(StorageError) in
                try connection.query("SELECT kid, private_key FROM signing_keys ORDER BY kid")
            }
            let sealed = try rows.map { try $0.text("private_key") }
            let kids = try rows.map { try $0.text("kid") }
            let vault = trial.accounts.vault
            #expect(throws: VaultError.self) { try vault.open(sealed[0], for: "signing_keys/\(kids[1])") }
            #expect(SigningKey(stored: try vault.open(sealed[0], for: "signing_keys/\(kids[0])"))?.kid == kids[0])
        }
    }
}
