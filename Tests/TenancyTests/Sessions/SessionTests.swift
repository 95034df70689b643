import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("Sessions (B1)")
struct SessionTests {
    @Test("a session ends when it is not used, and at its end whatever happens", arguments: DatabaseFixture.all)
    func timeouts(fixture: DatabaseFixture) async throws {
        var settings = AccountSettings.open
        settings.idleTimeout = .seconds(3_600)
        settings.sessionLifetime = .seconds(3 * 3_600)
        var cache = SessionCache.Settings()
        cache.isEnabled = false
        try await AccountTrial.with(fixture, settings, cache: cache) { trial in
            try await trial.signUp()
            let idle = try await trial.signIn()
            let used = try await trial.signIn()
            for _ in 0..<3 {
                trial.trial.clock.advance(by: .seconds(3_000))
                _ = try await trial.sessions.authenticate(used.token)
            }
            #expect(try await refusal { try await trial.sessions.authenticate(idle.token) }.kind == .unauthenticated)
            trial.trial.clock.advance(by: .seconds(1_700))
            _ = try await trial.sessions.authenticate(used.token)
            trial.trial.clock.advance(by: .seconds(200))
            #expect(try await refusal { try await trial.sessions.authenticate(used.token) }.kind == .unauthenticated)
        }
    }

    @Test("last use is written at most once in five minutes", arguments: DatabaseFixture.all)
    func lastSeen(fixture: DatabaseFixture) async throws {
        var cache = SessionCache.Settings()
        cache.isEnabled = false
        try await AccountTrial.with(fixture, cache: cache) { trial in
            let user = try await trial.signUp()
            let session = try await trial.signIn()
            func lastSeen() async throws -> Timestamp? {
                _ = try await trial.sessions.authenticate(session.token)
                return try await trial.sessions.list(of: user).first?.lastSeenAt
            }
            let first = try await lastSeen()
            trial.trial.clock.advance(by: .seconds(290))
            #expect(try await lastSeen() == first)
            trial.trial.clock.advance(by: .seconds(20))
            let second = try #require(try await lastSeen())
            #expect(second > (try #require(first)))
            #expect(try await lastSeen() == second)
        }
    }

    @Test("people see and end their own sessions, and nobody else's", arguments: DatabaseFixture.all)
    func own(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            let aiko = try await trial.signUp()
            let ben = try await trial.signUp("ben@example.com")
            let first = try await trial.signIn()
            let second = try await trial.signIn()
            let foreign = try await trial.signIn("ben@example.com")
            #expect(Set(try await trial.sessions.list(of: aiko).map(\.id)) == [first.id, second.id])
            #expect(try await refusal { try await trial.sessions.end(foreign.id, of: aiko) }.kind == .notFound)
            #expect(try await refusal { try await trial.sessions.end(SessionID(), of: aiko) }.kind == .notFound)
            #expect(try await trial.sessions.authenticate(foreign.token).user == ben)
            try await trial.sessions.end(first.id, of: aiko)
            #expect(try await refusal { try await trial.sessions.authenticate(first.token) }.kind == .unauthenticated)
            let third = try await trial.signIn()
            let journal = RecordingJournal()
            for _ in 0..<2 { try await trial.sessions.endOthers(of: aiko, but: third.id, journal: journal) }
            #expect(try await trial.sessions.list(of: aiko).map(\.id) == [third.id])
            // The second time there was nothing to end.
            #expect(journal.events == [.otherSessionsEnded(aiko, count: 1)])
            let caller = try await trial.sessions.authenticate(third.token)
            try await trial.accounts.signOut(caller)
            #expect(try await trial.sessions.list(of: aiko).isEmpty)
            #expect(try await trial.sessions.list(of: ben).count == 1)
        }
    }

    @Test("beyond a person's limit the oldest session gives way", arguments: DatabaseFixture.all)
    func limit(fixture: DatabaseFixture) async throws {
        var settings = AccountSettings.open
        settings.maximumSessions = 2
        try await AccountTrial.with(fixture, settings) { trial in
            let user = try await trial.signUp()
            let oldest = try await trial.signIn()
            _ = try await trial.sessions.authenticate(oldest.token)
            let newer = [try await trial.signIn(), try await trial.signIn()]
            #expect(Set(try await trial.sessions.list(of: user).map(\.id)) == Set(newer.map(\.id)))
            #expect(try await refusal { try await trial.sessions.authenticate(oldest.token) }.kind == .unauthenticated)
        }
    }

    @Test("what cannot be a token is refused without a look at the database")
    func malformed() async throws {
        try await AccountTrial.with(.sqlite) { trial throws in
            await trial.trial.database.close()
            for text in [
                "", "suisha_s_", "Bearer x", String(repeating: "x", count: 52), String(repeating: "x", count: 1 << 20),
            ] {
                #expect(
                    try await refusal { try await trial.sessions.authenticate(Secret(text)) }.kind == .unauthenticated)
            }
        }
    }

    @Test("a sign-in beside a change of the password never survives it", arguments: DatabaseFixture.all)
    func race(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            let user = try await trial.signUp()
            let caller = try await trial.sessions.authenticate(try await trial.signIn().token)
            let begun = try await withThrowingTaskGroup(of: [NewSession].self) { group in
                group.addTask {
                    _ = try await trial.accounts.changePassword(
                        caller, from: AccountTrial.password, to: Secret("a brand new password"),
                        client: AccountTrial.client)
                    return []
                }
                for _ in 0..<4 {
                    group.addTask {
                        if let session = try? await trial.signIn() { [session] } else { [] }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            for session in begun {
                #expect(
                    try await refusal { try await trial.sessions.authenticate(session.token) }.kind == .unauthenticated)
            }
            #expect(try await trial.sessions.list(of: user).count == 1)
        }
    }
}
