import Endpoints
import Crypto
import CryptoExtras
import Foundation

/// A public key with the one algorithm that it is for. A token names a key by `kid` and never chooses the algorithm.
struct VerificationKey: Sendable {
    let kid: String
    let algorithm: Algorithm
    private let key: Key

    /// What our tokens and identity providers sign with. There is no `none` and no shared secret.
    enum Algorithm: String, Hashable, Sendable {
        case edDSA = "EdDSA"
        case es256 = "ES256"
        case rs256 = "RS256"
    }

    private enum Key: Sendable {
        case ed25519(Curve25519.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case rsa(_RSA.Signing.PublicKey)
    }

    init(kid: String, _ key: Curve25519.Signing.PublicKey) {
        self.kid = kid
        algorithm = .edDSA
        self.key = .ed25519(key)
    }

    init(kid: String, _ key: P256.Signing.PublicKey) {
        self.kid = kid
        algorithm = .es256
        self.key = .p256(key)
    }

    init(kid: String, _ key: _RSA.Signing.PublicKey) {
        self.kid = kid
        algorithm = .rs256
        self.key = .rsa(key)
    }

    /// Reads one key of a JWK set; nil for a key that is for something else, of another kind, or too weak.
    init?(jwk: [String: ClaimsDocument.Value]) {
        func text(_ name: String) -> String? {
            if case .string(let value)? = jwk[name] { value } else { nil }
        }
        func bytes(_ name: String) -> [UInt8]? { text(name).flatMap { Base64URL.bytes($0) } }
        // A set of a single key need not name it.
        guard jwk["kid"] == nil || text("kid") != nil, jwk["use"] == nil || text("use") == "sig" else { return nil }
        let kid = text("kid") ?? ""
        let algorithm = text("alg")
        switch text("kty") {
        case "OKP":
            guard text("crv") == "Ed25519", algorithm == nil || algorithm == "EdDSA", let x = bytes("x"),
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: x)
            else { return nil }
            self.init(kid: kid, key)
        case "EC":
            guard text("crv") == "P-256", algorithm == nil || algorithm == "ES256", let x = bytes("x"),
                let y = bytes("y"), x.count == 32, y.count == 32,
                let key = try? P256.Signing.PublicKey(x963Representation: [4] + x + y)
            else { return nil }
            self.init(kid: kid, key)
        case "RSA":
            guard algorithm == nil || algorithm == "RS256", let n = bytes("n"), let e = bytes("e"),
                (256...1_024).contains(n.count), (1...8).contains(e.count),
                let key = try? _RSA.Signing.PublicKey(n: n, e: e)
            else { return nil }
            self.init(kid: kid, key)
        default: return nil
        }
    }

    func isValid(_ signature: [UInt8], for content: [UInt8]) -> Bool {
        switch key {
        case .ed25519(let key):
            return signature.count == 64 && key.isValidSignature(signature, for: content)
        case .p256(let key):
            guard signature.count == 64, let signature = try? P256.Signing.ECDSASignature(rawRepresentation: signature)
            else { return false }
            return key.isValidSignature(signature, for: Data(content))
        case .rsa(let key):
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: SHA256.hash(data: content),
                padding: .insecurePKCS1v1_5)
        }
    }
}
