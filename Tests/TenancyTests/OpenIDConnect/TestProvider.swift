import Endpoints
import Crypto
import CryptoExtras
import Foundation
import Model
import Synchronization

@testable import Tenancy

/// An identity provider in this process, with the faults that a test gives it.
final class TestProvider: IdentityProviderTransport {
    /// What it says of the person who signs in.
    struct Person: Sendable {
        var subject = "sub-1"
        var email: String? = "aiko@example.com"
        var isVerified = true
        var extra: [String: String] = [:]
    }

    enum Fault: Sendable {
        case none, down, otherIssuer, plainAddress, otherNonce, otherAudience, expired, foreignKey, algNone, hmac
        case severalAudiences, notJSON, noToken
        /// The token names no key, of two or of one.
        case namesNoKey, hasOneKey
        /// The token is signed by another's key, and says where to get it.
        case namesForeignKeys
    }

    private struct State {
        var person = Person()
        var fault = Fault.none
        var requests: [ProviderRequest] = []
        /// What is known of each code that was given out.
        var codes: [String: (nonce: String, challenge: String, redirect: String)] = [:]
        var usesRSA = false
    }

    static let issuer = "https://id.example.com"
    let p256 = P256.Signing.PrivateKey()
    let foreign = P256.Signing.PrivateKey()
    let rsa: _RSA.Signing.PrivateKey
    private let state = Mutex(State())

    init() throws {
        rsa = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    }

    static func configuration(_ vouching: IdentityProvider.Vouching = .all) -> IdentityProvider {
        .init(
            id: "test", name: "Test", issuer: issuer, clientID: "client", clientSecret: Secret("client secret"),
            vouching: vouching)
    }

    func set(_ person: Person) { state.withLock { $0.person = person } }
    func set(_ fault: Fault) { state.withLock { $0.fault = fault } }
    func useRSA() { state.withLock { $0.usesRSA = true } }
    var requests: [ProviderRequest] { state.withLock { $0.requests } }

    /// A person's browser goes where it is sent and comes back with a code: returns its parameters.
    func visit(_ url: String) throws -> (state: Secret, code: Secret) {
        let items = URLComponents(string: url)?.queryItems ?? []
        let query = Dictionary(items.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
        let code = UUID().uuidString
        state.withLock { state in
            state.codes[code] = (
                query["nonce"] ?? "", query["code_challenge"] ?? "", query["redirect_uri"] ?? ""
            )
        }
        return (Secret(query["state"] ?? ""), Secret(code))
    }

    func send(_ request: ProviderRequest) async throws -> ProviderResponse {
        let fault = state.withLock { state in
            state.requests.append(request)
            return state.fault
        }
        if case .down = fault { throw ProviderError("nobody answers") }
        if case .notJSON = fault { return .init(status: 200, body: Array("<html>".utf8)) }
        switch request.url {
        case Self.issuer + "/.well-known/openid-configuration":
            var document: [String: Any] = [
                "issuer": Self.issuer, "authorization_endpoint": Self.issuer + "/authorize?x=1",
                "token_endpoint": Self.issuer + "/token", "jwks_uri": Self.issuer + "/keys",
            ]
            if case .otherIssuer = fault { document["issuer"] = "https://evil.example.com" }
            if case .plainAddress = fault { document["token_endpoint"] = "http://id.example.com/token" }
            return try answer(document)
        case Self.issuer + "/keys":
            if case .hasOneKey = fault { return try answer(["keys": [jwk(p256)]]) }
            return try answer(["keys": [jwk(p256), jwkRSA()]])
        case Self.issuer + "/token": return try token(request, fault)
        default: return .init(status: 404, body: [])
        }
    }

    private func token(_ request: ProviderRequest, _ fault: Fault) throws -> ProviderResponse {
        let form = Dictionary(
            (request.form ?? []).map { ($0.name, $0.value.revealed) }, uniquingKeysWith: { first, _ in first })
        let known = state.withLock { $0.codes.removeValue(forKey: form["code"] ?? "") }
        let challenge = Base64URL.text(SHA256.hash(data: Data((form["code_verifier"] ?? "").utf8)))
        let basic = "Basic " + Data("client:client%20secret".utf8).base64EncodedString()
        guard let known, known.challenge == challenge, known.redirect == form["redirect_uri"],
            request.authorization == Secret(basic)
        else { return .init(status: 400, body: Array(#"{"error":"invalid_grant"}"#.utf8)) }
        if case .noToken = fault { return try answer(["access_token": "x"]) }
        return try answer(["id_token": try idToken(nonce: known.nonce, fault), "token_type": "Bearer"])
    }

    private func idToken(nonce: String, _ fault: Fault) throws -> String {
        let (person, usesRSA) = state.withLock { ($0.person, $0.usesRSA) }
        let now = Int(Date().timeIntervalSince1970)
        var claims: [String: Any] = [
            "iss": Self.issuer, "aud": "client", "sub": person.subject, "nonce": nonce, "iat": now, "exp": now + 300,
            "email_verified": person.isVerified, "name": "Aiko Tanaka",
        ]
        claims["email"] = person.email
        for (name, value) in person.extra { claims[name] = value }
        var header: [String: Any] = ["alg": usesRSA ? "RS256" : "ES256", "kid": usesRSA ? "r" : "e"]
        switch fault {
        case .otherNonce: claims["nonce"] = "other"
        case .otherAudience: claims["aud"] = "other"
        case .severalAudiences: claims["aud"] = ["client", "other"]
        case .expired: (claims["iat"], claims["exp"]) = (now - 900, now - 600)
        case .algNone: header["alg"] = "none"
        case .hmac: header["alg"] = "HS256"
        case .namesNoKey, .hasOneKey: header["kid"] = nil
        case .namesForeignKeys:
            for name in ["jku", "x5u"] { header[name] = "https://evil.example.com/keys" }
        default: break
        }
        let content = try Base64URL.text(json(header)) + "." + Base64URL.text(json(claims))
        let signature: Data
        if [.foreignKey, .namesForeignKeys].contains(fault) {
            signature = try foreign.signature(for: Data(content.utf8)).rawRepresentation
        } else if usesRSA {
            signature = try rsa.signature(for: SHA256.hash(data: Data(content.utf8)), padding: .insecurePKCS1v1_5)
                .rawRepresentation
        } else {
            signature = try p256.signature(for: Data(content.utf8)).rawRepresentation
        }
        return content + "." + Base64URL.text(signature)
    }

    private func jwk(_ key: P256.Signing.PrivateKey) -> [String: Any] {
        let point = Array(key.publicKey.x963Representation.dropFirst())
        return [
            "kty": "EC", "crv": "P-256", "kid": "e", "use": "sig", "x": Base64URL.text(point[..<32]),
            "y": Base64URL.text(point[32...]),
        ]
    }

    private func jwkRSA() throws -> [String: Any] {
        let parts = try rsa.publicKey.getKeyPrimitives()
        return [
            "kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256", "n": Base64URL.text(parts.modulus),
            "e": Base64URL.text(parts.publicExponent),
        ]
    }

    private func answer(_ document: [String: Any]) throws -> ProviderResponse {
        .init(status: 200, body: Array(try json(document)))
    }

    private func json(_ document: [String: Any]) throws -> Data {
        try JSONSerialization.data(withJSONObject: document, options: [.sortedKeys])
    }
}
