import Foundation
import Model
import NIOHTTP1

extension ServerClient {
    func keys(after: String? = nil) async throws -> Answer<PageDocument<KeyDocument>> {
        try Answer(await call(.GET, "/api/v1/keys", query: after.map { ["after": $0] } ?? [:]))
    }

    /// The key that somebody means.
    ///
    /// - Parameter text: an id, what its secret begins with, or a name.
    func key(_ text: String) async throws -> KeyDocument {
        let all = try await PageDocument.all { try await keys(after: $0) }
        if let exact = all.first(where: { $0.id == text || $0.prefix == text }) { return exact }
        return try Named.one(
            of: all.filter { $0.revokedAt == nil }, named: text, title: "key", list: "suisha key list", name: \.name)
    }

    func createKey(_ request: KeyRequest) async throws -> Answer<KeyDocument> {
        try Answer(await call(.POST, "/api/v1/keys", json: request))
    }

    func revokeKey(_ id: String) async throws {
        _ = try await call(.DELETE, "/api/v1/keys/\(id.pathComponent)")
    }

    /// Signs access tokens with the next key; only who runs the server may.
    func rotateSigningKeys() async throws -> Answer<SigningKeyDocument> {
        try Answer(await call(.POST, "/api/v1/operator/signing-keys/rotate"))
    }

    // MARK: Service accounts

    func serviceAccounts(after: String? = nil) async throws -> Answer<PageDocument<ServiceAccountDocument>> {
        try Answer(await call(.GET, "/api/v1/service-accounts", query: after.map { ["after": $0] } ?? [:]))
    }

    /// The service account that somebody means.
    ///
    /// - Parameter text: an id or a name.
    func serviceAccount(_ text: String) async throws -> ServiceAccountDocument {
        let all = try await PageDocument.all { try await serviceAccounts(after: $0) }
        if let exact = all.first(where: { $0.id == text }) { return exact }
        return try Named.one(
            of: all, named: text, title: "service account", list: "suisha key service-accounts", name: \.name)
    }

    func createServiceAccount(_ name: String) async throws -> Answer<ServiceAccountDocument> {
        try Answer(await call(.POST, "/api/v1/service-accounts", json: ["name": name]))
    }

    func disableServiceAccount(_ id: String) async throws {
        _ = try await call(.DELETE, "/api/v1/service-accounts/\(id.pathComponent)")
    }
}

/// An API key as the API shows it.
struct KeyDocument: Decodable, Sendable {
    let id: String
    let name: String
    let prefix: String
    let owner: String
    let permissions: [String]
    let createdAt: Timestamp
    let expiresAt: Timestamp?
    let lastUsedAt: Timestamp?
    let revokedAt: Timestamp?
    /// Only in the answer that makes the key.
    let secret: String?

    private enum CodingKeys: String, CodingKey {
        case id, name, prefix, owner, permissions, secret
        case createdAt = "created_at"
        case expiresAt = "expires_at"
        case lastUsedAt = "last_used_at"
        case revokedAt = "revoked_at"
    }
}

/// A key to make.
struct KeyRequest: Encodable, Sendable {
    let name: String
    let permissions: [String]
    var expires: Duration?
    var serviceAccount: String?

    private enum CodingKeys: String, CodingKey {
        case name, permissions
        case expires = "expires_in"
        case serviceAccount = "service_account"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(permissions, forKey: .permissions)
        try container.encodeIfPresent(expires.map { $0.components.seconds }, forKey: .expires)
        try container.encodeIfPresent(serviceAccount, forKey: .serviceAccount)
    }
}

/// An account for a program, as the API shows it.
struct ServiceAccountDocument: Decodable, Sendable {
    let id: String
    let name: String
    let createdAt: Timestamp
    let disabledAt: Timestamp?

    private enum CodingKeys: String, CodingKey {
        case id, name
        case createdAt = "created_at"
        case disabledAt = "disabled_at"
    }
}

/// A key that signs access tokens, as the API shows it.
struct SigningKeyDocument: Decodable, Sendable {
    let kid: String
}
