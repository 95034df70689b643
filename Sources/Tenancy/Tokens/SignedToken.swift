import Endpoints

/// A JSON Web Token in compact form, taken apart strictly and not yet believed.
struct SignedToken: Sendable {
    let header: ClaimsDocument
    let claims: ClaimsDocument
    private let signed: [UInt8]
    private let signature: [UInt8]

    /// Beyond it nothing is read.
    static let maximumBytes = 16_384

    /// - Throws: ``TokenRefusal`` for whatever is not three segments of strict base64url around two strict JSON objects.
    init(_ text: String) throws(TokenRefusal) {
        guard text.utf8.count <= Self.maximumBytes else { throw .malformed }
        let segments = text.split(separator: ".", omittingEmptySubsequences: false)
        guard segments.count == 3, let header = Base64URL.bytes(segments[0]), let claims = Base64URL.bytes(segments[1]),
            let signature = Base64URL.bytes(segments[2]), !signature.isEmpty,
            let readHeader = ClaimsDocument(header), let readClaims = ClaimsDocument(claims)
        else { throw .malformed }
        self.header = readHeader
        self.claims = readClaims
        self.signature = signature
        signed = Array(segments[0].utf8) + [UInt8(ascii: ".")] + Array(segments[1].utf8)
    }

    /// Whether it names its key at all.
    var namesKey: Bool { header.members["kid"] != nil }

    /// The name of the key; whatever could not be one is refused before anything is looked up.
    var kid: String {
        get throws(TokenRefusal) {
            guard let kid = header.string("kid"), (1...128).contains(kid.utf8.count),
                kid.utf8.allSatisfy({ (0x21..<0x7F).contains($0) })
            else { throw .unknownKey }
            return kid
        }
    }

    /// Checks what stands in the header, and the signature by the key that the header names. Where keys may be fetched from
    /// (`jku`, `x5u`) or what they are (`jwk`, `x5c`) is never taken from a token.
    func check(signedBy key: VerificationKey, type: (String?) -> Bool) throws(TokenRefusal) {
        guard header.members["crit"] == nil, header.members["b64"] == nil, header.members["zip"] == nil else {
            throw .header
        }
        for name in ["jku", "jwk", "x5u", "x5c"] where header.members[name] != nil { throw .header }
        guard header.members["typ"] == nil || header.string("typ") != nil, type(header.string("typ")) else {
            throw .type
        }
        guard header.string("alg") == key.algorithm.rawValue else { throw .algorithm }
        guard key.isValid(signature, for: signed) else { throw .signature }
    }
}

/// Why a token is not believed; for logs and tests. Callers all hear the same.
enum TokenRefusal: String, Error, Hashable, Sendable {
    case malformed, header, type, algorithm, unknownKey, signature, issuer, audience, subject, time, nonce
}
