import Conformance
import Crypto
import Endpoints
import Foundation
import Model
import Storage
import Testing

@testable import Tenancy

@Suite("Forged access tokens are refused (B2)")
struct ForgedTokenTests {
    @Test("each forgery is refused for its own reason, and the honest token beside it is taken")
    func forgeries() async throws {
        try await TokenTrial.with(.sqlite) { trial in
            let session = try await trial.accounts.signIn()
            let ring = try await trial.keys.current()
            let key = ring.active
            let now = trial.accounts.trial.clock.now.microseconds / 1_000_000
            let honest = Forger(
                header: ["alg": "EdDSA", "kid": key.kid, "typ": "at+jwt"],
                claims: [
                    "iss": TokenTrial.issuer, "aud": TokenTrial.audience, "sub": "\(session.user)",
                    "sid": "\(session.id)", "jti": "x", "iat": now, "nbf": now, "exp": now + 300, "auth_time": now,
                ], key: key)
            let caller = try await trial.tokens.authenticate(Secret(try honest.text()))
            #expect(caller.user == session.user && caller.session == session.id)

            for forgery in try Self.all(honest, now: now) {
                var reason: TokenRefusal?
                do throws(TokenRefusal) {
                    let token = try SignedToken(forgery.text)
                    _ = try AccessToken.check(
                        token, keys: { ring.verification[$0]?.key }, issuer: TokenTrial.issuer,
                        audience: TokenTrial.audience, now: now)
                } catch {
                    reason = error
                }
                #expect(reason == forgery.reason, "\(forgery.name)")
                let problem = try await refusal { try await trial.tokens.authenticate(Secret(forgery.text)) }
                #expect(problem.kind == .unauthenticated, "\(forgery.name)")
            }
        }
    }

    private struct Forgery {
        let name: String
        let text: String
        let reason: TokenRefusal
    }

    private static func all(_ honest: Forger, now: Int64) throws -> [Forgery] {
        let text = try honest.text()
        let parts = text.split(separator: ".").map(String.init)
        let publicKey = try #require(Base64URL.bytes(honest.key.publicText))
        var forgeries: [Forgery] = []

        func add(_ name: String, _ reason: TokenRefusal, _ text: String) {
            forgeries.append(Forgery(name: name, text: text, reason: reason))
        }
        func header(_ name: String, _ reason: TokenRefusal, _ changes: [String: Any?]) throws {
            var forger = honest
            for (member, value) in changes { forger.header[member] = value }
            add(name, reason, try forger.text())
        }
        func claim(_ name: String, _ reason: TokenRefusal, _ changes: [String: Any?]) throws {
            var forger = honest
            for (member, value) in changes { forger.claims[member] = value }
            add(name, reason, try forger.text())
        }

        for none in ["none", "None", "NONE", "nOnE", ""] { try header("alg \(none)", .algorithm, ["alg": none]) }
        // Signed with our public key as if it were a shared secret.
        var shared = honest
        shared.header["alg"] = "HS256"
        let content = Base64URL.text(try shared.json(shared.header).utf8) + "." + parts[1]
        let mac = HMAC<SHA256>.authenticationCode(for: Data(content.utf8), using: SymmetricKey(data: publicKey))
        add("HS256 with our public key", .algorithm, content + "." + Base64URL.text(mac))
        for algorithm in ["ES256", "RS256", "PS256", "Ed25519", "eddsa"] {
            try header("alg \(algorithm) for an Ed25519 key", .algorithm, ["alg": algorithm])
        }
        try header("no alg", .algorithm, ["alg": nil as Any?])
        try header("a number as alg", .algorithm, ["alg": 1])

        try header("an unknown kid", .unknownKey, ["kid": "unknown"])
        try header("no kid", .unknownKey, ["kid": nil as Any?])
        try header("an empty kid", .unknownKey, ["kid": ""])
        try header("a huge kid", .unknownKey, ["kid": String(repeating: "k", count: 5_000)])
        try header("a kid that is a path", .unknownKey, ["kid": "../../etc/passwd"])
        try header("a kid that is SQL", .unknownKey, ["kid": "x' OR '1'='1"])
        try header("a kid that is a list", .unknownKey, ["kid": [honest.key.kid]])
        let attacker = Forger(header: honest.header, claims: honest.claims, key: SigningKey())
        add("another key under our kid", .signature, try attacker.text())

        try header("jku", .header, ["jku": "http://127.0.0.1:1/keys"])
        try header("x5u", .header, ["x5u": "http://127.0.0.1:1/key"])
        try header("jwk", .header, ["jwk": ["kty": "OKP", "crv": "Ed25519", "x": attacker.key.publicText]])
        try header("an unknown crit", .header, ["crit": ["x"], "x": 1])
        try header("an empty crit", .header, ["crit": [String]()])
        try header("an unencoded payload", .header, ["b64": false])
        try header("the type of an ID token", .type, ["typ": "JWT"])
        try header("no type", .type, ["typ": nil as Any?])

        try claim("expired", .time, ["iat": now - 600, "nbf": now - 600, "exp": now - 300])
        try claim("expiring now", .time, ["exp": now])
        try claim("not valid yet", .time, ["nbf": now + 60])
        try claim("made in the future", .time, ["iat": now + 60])
        try claim("no exp", .time, ["exp": nil as Any?])
        try claim("a text as exp", .time, ["exp": "\(now + 300)"])
        try claim("a fraction as exp", .time, ["exp": Double(now) + 300.5])
        try claim("another audience", .audience, ["aud": "other"])
        try claim("no audience", .audience, ["aud": nil as Any?])
        try claim("a list of audiences", .audience, ["aud": [TokenTrial.audience, "other"]])
        try claim("another issuer", .issuer, ["iss": "https://evil.example.com"])
        try claim("an issuer with our name in front", .issuer, ["iss": TokenTrial.issuer + ".evil.example.com"])
        try claim("no issuer", .issuer, ["iss": nil as Any?])
        try claim("no subject", .subject, ["sub": nil as Any?])
        try claim("a subject of another kind", .subject, ["sub": "ws_" + String(repeating: "0", count: 32)])

        add("no signature", .malformed, "\(parts[0]).\(parts[1]).")
        add("two segments", .malformed, "\(parts[0]).\(parts[1])")
        add("four segments", .malformed, text + ".x")
        add("padding", .malformed, "\(parts[0])=.\(parts[1]).\(parts[2])")
        add("a line break", .malformed, text + "\n")
        add("the standard alphabet", .malformed, "\(parts[0]).\(parts[1]).+/\(parts[2].dropFirst(2))")
        add(
            "stray bits in the last character", .malformed,
            text.dropLast() + (text.hasSuffix("A") ? "B" : strayed(text)))
        add(
            "a signature of another token", .signature,
            "\(parts[0]).\(parts[1]).\(Base64URL.text(Array(repeating: 0, count: 64)))")
        add(
            "changed claims", .signature,
            "\(parts[0]).\(Base64URL.text(try honest.json(["sub": "x"]).utf8)).\(parts[2])")
        add("17 KB", .malformed, text + String(repeating: "A", count: 17_000))
        add("nothing", .malformed, "")

        let plainHeader = try honest.json(honest.header)
        let plainClaims = try honest.json(honest.claims)
        add(
            "a member twice in the claims", .malformed,
            try honest.signed(
                header: plainHeader, claims: plainClaims.dropLast() + #","aud":"\#(TokenTrial.audience)"}"#))
        add(
            "a member twice in the header, once escaped", .malformed,
            try honest.signed(header: plainHeader.dropLast() + ##","\u0061lg":"EdDSA"}"##, claims: plainClaims))
        add("bytes behind the claims", .malformed, try honest.signed(header: plainHeader, claims: plainClaims + "{}"))
        add("a list as claims", .malformed, try honest.signed(header: plainHeader, claims: "[\(plainClaims)]"))
        add(
            "deep claims", .malformed,
            try honest.signed(
                header: plainHeader,
                claims: plainClaims.dropLast() + #","x":"#
                    + String(repeating: "[", count: 100) + String(repeating: "]", count: 100) + "}"))
        return forgeries
    }

    /// The text with a last character that decodes to the same bytes for a reader who is not strict.
    private static func strayed(_ text: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let last = text.last.flatMap { alphabet.firstIndex(of: $0) } ?? 0
        return String(alphabet[last ^ 1])
    }

    @Test(
        "the next key is believed before it signs, and a retired one no more, however fresh its token looks",
        arguments: DatabaseFixture.all)
    func rotation(fixture: DatabaseFixture) async throws {
        try await TokenTrial.with(fixture) { trial in
            let session = try await trial.accounts.signIn()
            func token(of key: SigningKey) throws -> Secret {
                let now = trial.accounts.trial.clock.now.microseconds / 1_000_000
                let forger = Forger(
                    header: ["alg": "EdDSA", "kid": key.kid, "typ": "at+jwt"],
                    claims: [
                        "iss": TokenTrial.issuer, "aud": TokenTrial.audience, "sub": "\(session.user)",
                        "sid": "\(session.id)", "jti": "x", "iat": now, "nbf": now, "exp": now + 300, "auth_time": now,
                    ], key: key)
                return Secret(try forger.text())
            }
            let active = try await trial.keys.current().active
            let row = try await trial.accounts.trial.database.read { connection throws(StorageError) in
                try connection.row("SELECT kid, private_key FROM signing_keys WHERE state = 'next'")
            }
            let place = "signing_keys/\(try row.text("kid"))"
            let next = try #require(
                SigningKey(stored: try trial.accounts.vault.open(try row.text("private_key"), for: place)))
            // Another process may have rotated already.
            _ = try await trial.tokens.authenticate(try token(of: next))
            try await trial.keys.rotate()
            _ = try await trial.tokens.authenticate(try token(of: active))
            trial.advance(by: SigningKeys.retirement + .seconds(1))
            let retired = try await refusal { try await trial.tokens.authenticate(try token(of: active)) }
            #expect(retired.kind == .unauthenticated)
            _ = try await trial.tokens.authenticate(try token(of: next))
        }
    }

    @Test("a refresh token, a session's token and an API key are no access tokens")
    func others() async throws {
        try await TokenTrial.with(.sqlite) { trial in
            let session = try await trial.accounts.signIn()
            let pair = try await trial.tokens.issue(for: session)
            for other in [pair.refresh, session.token] {
                #expect(try await refusal { try await trial.tokens.authenticate(other) }.kind == .unauthenticated)
            }
            #expect(try await refusal { try await trial.tokens.refresh(pair.access) }.kind == .unauthenticated)
            #expect(
                try await refusal { try await trial.accounts.sessions.authenticate(pair.access) }.kind
                    == .unauthenticated)
        }
    }
}
