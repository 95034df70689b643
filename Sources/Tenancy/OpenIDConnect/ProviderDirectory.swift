import Model
import Synchronization

/// What providers say about themselves: their addresses and keys, asked for seldom.
package final class ProviderDirectory: Sendable {
    /// A provider's addresses.
    struct Endpoints: Hashable, Sendable {
        let authorization: String
        let token: String
        let keys: String
        /// Whether the client's secret goes into the header, rather than into the form.
        let usesBasicAuthentication: Bool
    }

    private struct Known {
        var endpoints: (Endpoints, at: ContinuousClock.Instant)?
        var keys: ([String: VerificationKey], at: ContinuousClock.Instant)?
    }

    private let transport: any IdentityProviderTransport
    private let now: @Sendable () -> ContinuousClock.Instant
    private let known = Mutex<[String: Known]>([:])

    private static let endpointsLifetime: Duration = .seconds(3_600)
    private static let keysLifetime: Duration = .seconds(600)
    /// How often a key that is not known makes us ask again.
    private static let unknownKeyInterval: Duration = .seconds(30)

    /// - Parameter now: the clock; a test moves it.
    package init(
        transport: any IdentityProviderTransport, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.transport = transport
        self.now = now
    }

    /// The provider's addresses, from its discovery document.
    ///
    /// - Throws: ``ProviderError`` when it is not the provider that was configured, or an address is not encrypted.
    func endpoints(of provider: IdentityProvider) async throws -> Endpoints {
        if let (endpoints, at) = known.withLock({ $0[provider.issuer]?.endpoints }),
            now() - at < Self.endpointsLifetime
        {
            return endpoints
        }
        let base = provider.issuer.hasSuffix("/") ? String(provider.issuer.dropLast()) : provider.issuer
        let document = try await document(at: base + "/.well-known/openid-configuration")
        guard document.string("issuer") == provider.issuer else {
            throw ProviderError("\(provider.issuer) calls itself by another issuer's name; check the configuration.")
        }
        func address(_ name: String) throws -> String {
            guard let url = document.string(name), Self.isSafe(url, issuer: provider.issuer) else {
                throw ProviderError("\(provider.issuer) names no usable \(name).")
            }
            return url
        }
        var methods: [ClaimsDocument.Value] = [.string("client_secret_basic")]
        if case .array(let listed)? = document.members["token_endpoint_auth_methods_supported"] { methods = listed }
        let endpoints = Endpoints(
            authorization: try address("authorization_endpoint"), token: try address("token_endpoint"),
            keys: try address("jwks_uri"), usesBasicAuthentication: methods.contains(.string("client_secret_basic")))
        let at = now()
        known.withLock { $0[provider.issuer, default: Known()].endpoints = (endpoints, at) }
        return endpoints
    }

    /// The provider's key of that name, or its only one where a token names none; nil when it has none. Only keys from its own
    /// document are ever used.
    func key(_ kid: String?, of provider: IdentityProvider) async throws -> VerificationKey? {
        func named(_ keys: [String: VerificationKey]) -> VerificationKey? {
            guard let kid else { return keys.count == 1 ? keys.values.first : nil }
            return keys[kid]
        }
        if let (keys, at) = known.withLock({ $0[provider.issuer]?.keys }) {
            let age = now() - at
            let key = named(keys)
            if key != nil, age < Self.keysLifetime { return key }
            if key == nil, age < Self.unknownKeyInterval { return nil }
        }
        let document = try await document(at: try await endpoints(of: provider).keys)
        guard case .array(let items)? = document.members["keys"] else {
            throw ProviderError("\(provider.issuer) publishes no keys.")
        }
        var keys: [String: VerificationKey] = [:]
        for case .object(let jwk) in items.prefix(100) {
            if let key = VerificationKey(jwk: jwk) { keys[key.kid] = key }
        }
        let (found, at) = (keys, now())
        known.withLock { $0[provider.issuer, default: Known()].keys = (found, at) }
        return named(found)
    }

    /// Exchanges something for tokens.
    func post(_ form: [ProviderRequest.Field], authorization: Secret?, to url: String) async throws -> ClaimsDocument {
        try Self.document(
            try await transport.send(ProviderRequest(url: url, form: form, authorization: authorization)), of: url)
    }

    private func document(at url: String) async throws -> ClaimsDocument {
        try Self.document(
            try await transport.send(ProviderRequest(url: url, form: nil, authorization: nil)), of: url)
    }

    private static func document(_ response: ProviderResponse, of url: String) throws -> ClaimsDocument {
        guard response.status == 200, response.body.count <= ProviderResponse.maximumBytes,
            let document = ClaimsDocument(response.body)
        else {
            throw ProviderError("\(url) answered with status \(response.status) and no usable JSON.")
        }
        return document
    }

    /// Encrypted, or as unencrypted as the issuer that was configured.
    private static func isSafe(_ url: String, issuer: String) -> Bool {
        guard !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }), !url.contains("#") else { return false }
        return url.hasPrefix("https://") || (url.hasPrefix("http://") && issuer.hasPrefix("http://"))
    }
}
