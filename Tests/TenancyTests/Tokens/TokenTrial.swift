import Endpoints
import Conformance
import Crypto
import Foundation
import Model
import Storage

@testable import Tenancy

/// Tokens for an account of a test's own.
struct TokenTrial: Sendable {
    let accounts: AccountTrial
    let keys: SigningKeys
    let tokens: TokenService
    let clock: MovableInstant

    static let issuer = "https://suisha.example.com"
    static let audience = "suisha"

    static func with<Value>(
        _ fixture: DatabaseFixture, _ body: (TokenTrial) async throws -> Value
    ) async throws -> Value {
        var cache = SessionCache.Settings()
        cache.isEnabled = false
        return try await AccountTrial.with(fixture, cache: cache) { trial in
            let clock = MovableInstant()
            let database = trial.trial.database
            let wall = trial.trial.clock
            let keys = SigningKeys(
                database: database, vault: trial.vault, now: { clock.now }, wallClock: { wall.now })
            try await keys.prepare()
            let tokens = TokenService(
                database: database, keys: keys, sessions: trial.sessions, vault: trial.vault,
                settings: .init(issuer: issuer, audience: audience), journal: trial.journal, now: { wall.now })
            try await trial.signUp()
            return try await body(TokenTrial(accounts: trial, keys: keys, tokens: tokens, clock: clock))
        }
    }

    /// Moves every clock.
    func advance(by duration: Duration) {
        clock.advance(by: duration)
        accounts.trial.clock.advance(by: duration)
    }
}

/// Makes tokens of any form, signed by any key: what an attacker can send.
struct Forger {
    var header: [String: Any] = [:]
    var claims: [String: Any] = [:]
    let key: SigningKey

    func text() throws -> String {
        try signed(header: json(header), claims: json(claims))
    }

    func signed(header: String, claims: String) throws -> String {
        let content = Base64URL.text(header.utf8) + "." + Base64URL.text(claims.utf8)
        return content + "." + Base64URL.text(try key.signature(for: Array(content.utf8)))
    }

    func json(_ value: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys]), as: UTF8.self)
    }
}
