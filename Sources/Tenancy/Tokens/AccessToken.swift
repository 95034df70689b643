import Endpoints
import Crypto
import Foundation
import Model

/// What an access token says.
struct AccessClaims: Hashable, Sendable {
    let issuer: String
    let audience: String
    let user: UserID
    let session: SessionID
    let id: String
    let issued: Int64
    let expires: Int64
    let authTime: Int64
}

/// The form of access tokens (RFC 9068): which members they have, how they are written, and how they are checked.
enum AccessToken {
    static let type = "at+jwt"
    /// How far the clocks of two nodes may differ before one refuses as premature what the other has just made.
    static let leeway: Int64 = 5

    static func text(_ claims: AccessClaims, signedBy key: SigningKey) throws -> Secret {
        let header = Header(alg: VerificationKey.Algorithm.edDSA.rawValue, kid: key.kid, typ: type)
        let payload = Payload(
            iss: claims.issuer, aud: claims.audience, sub: claims.user.description, sid: claims.session.description,
            jti: claims.id, iat: claims.issued, nbf: claims.issued, exp: claims.expires, auth_time: claims.authTime)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let signed = Base64URL.text(try encoder.encode(header)) + "." + Base64URL.text(try encoder.encode(payload))
        return Secret(signed + "." + Base64URL.text(try key.signature(for: Array(signed.utf8))))
    }

    /// - Parameters:
    ///   - keys: finds a key by its name; only a key that it returns is ever used.
    ///   - now: seconds since 1970.
    static func check(
        _ token: SignedToken, keys: (String) -> VerificationKey?, issuer: String, audience: String, now: Int64
    ) throws(TokenRefusal) -> AccessClaims {
        guard let key = keys(try token.kid) else { throw .unknownKey }
        try token.check(signedBy: key, type: { $0?.lowercased() == type })
        let claims = token.claims
        guard claims.string("iss") == issuer else { throw .issuer }
        guard claims.string("aud") == audience else { throw .audience }
        guard let user = claims.string("sub").flatMap({ UserID($0) }),
            let session = claims.string("sid").flatMap({ SessionID($0) }), let id = claims.string("jti"),
            let authTime = claims.integer("auth_time")
        else { throw .subject }
        guard let expires = claims.integer("exp"), let issued = claims.integer("iat"),
            let notBefore = claims.integer("nbf"), now < expires, notBefore <= now + leeway, issued <= now + leeway,
            issued < expires
        else { throw .time }
        return AccessClaims(
            issuer: issuer, audience: audience, user: user, session: session, id: id, issued: issued,
            expires: expires, authTime: authTime)
    }

    private struct Header: Encodable {
        let alg: String
        let kid: String
        let typ: String
    }

    private struct Payload: Encodable {
        let iss: String
        let aud: String
        let sub: String
        let sid: String
        let jti: String
        let iat: Int64
        let nbf: Int64
        let exp: Int64
        // The claim's registered name.
        // swift-format-ignore: AlwaysUseLowerCamelCase
        let auth_time: Int64
    }
}

/// A private key of ours.
struct SigningKey: Sendable {
    let kid: String
    private let key: Curve25519.Signing.PrivateKey

    /// A new one; its name is made from the public part (RFC 7638), so that no two keys share one.
    init() {
        self.init(Curve25519.Signing.PrivateKey())
    }

    /// Reads the private part; nil for what is none.
    init?(stored text: Secret) {
        guard let bytes = Base64URL.bytes(text.revealed),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes)
        else { return nil }
        self.init(key)
    }

    private init(_ key: Curve25519.Signing.PrivateKey) {
        self.key = key
        let x = Base64URL.text(key.publicKey.rawRepresentation)
        let thumbprint = #"{"crv":"Ed25519","kty":"OKP","x":"\#(x)"}"#
        kid = Base64URL.text(SHA256.hash(data: Data(thumbprint.utf8)).prefix(16))
    }

    /// The private part, to be encrypted at once.
    var stored: Secret { Secret(Base64URL.text(key.rawRepresentation)) }
    /// The public part as the database keeps it.
    var publicText: String { Base64URL.text(key.publicKey.rawRepresentation) }

    func signature(for content: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: content))
    }
}
