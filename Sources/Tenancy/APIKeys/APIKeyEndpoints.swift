package import Endpoints
import Model

/// The operations on API keys and on the service accounts of a workspace.
package struct APIKeyEndpoints: Sendable {
    let keys: APIKeyService

    package init(keys: APIKeyService) {
        self.keys = keys
    }

    /// All of them.
    package var all: [Endpoint] { [list, create, revoke, listAccounts, createAccount, disableAccount] }

    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/keys", id: "listKeys", summary: "Lists the API keys of the workspace, without their secrets",
            description: "Those that work come before those that have ended, and of each the newest first.",
            access: .needs(.keysRead), parameters: EndpointRequest.pageParameters(usual: 100),
            answers: [.json(200, "One page of them.", Schema(of: APIKeyPageDocument.self))],
            problems: [.unprocessable]
        ) { request in
            let limit = try request.pageLimit(usual: 100)
            let keys = try await keys.list(
                in: request.principal.workspace, after: try request.pagePosition().flatMap(APIKey.Position.init),
                limit: limit + 1)
            return try .json(
                200,
                request.page(of: keys, limit: limit, position: { $0.position.description }) { APIKeyDocument($0) })
        }
    }

    private var create: Endpoint {
        Endpoint(
            .post, "/api/v1/keys", id: "createKey", summary: "Makes an API key",
            description: """
                For you, or for a service account. It allows at most what you may do now, and a key of yours never more \
                than you may do later; made with a key, it ends with that one at the latest. The secret is in this answer \
                and nowhere else.
                """,
            access: .needs(.keysWrite), audit: .own("key.created"), accepts: [.body(APIKeyBody.self)],
            answers: [.json(201, "The key with its secret.", Schema(of: APIKeyDocument.self))],
            problems: [.forbidden, .notFound, .conflict, .unprocessable]
        ) { request in
            let body = try request.json(APIKeyBody.self)
            guard body.serviceAccount != nil || request.principal.actor != .serverToken else {
                throw Problem(
                    .unprocessable, "The server's token is nobody's: name the service account that the key is for.",
                    field: "service_account")
            }
            let owner = body.serviceAccount.map { Principal.Actor.service($0) } ?? request.principal.actor
            let made = try await keys.create(
                name: body.name.value, for: owner, permissions: PermissionSet(body.permissions.values.map(\.value)),
                lifetime: body.expiresIn.map { .seconds($0.value) }, by: Caller(request))
            return try .json(
                201, APIKeyDocument(made.key, secret: made.secret), headers: ["Cache-Control": "no-store"])
        }
    }

    private var revoke: Endpoint {
        Endpoint(
            .delete, "/api/v1/keys/{id}", id: "revokeKey", summary: "Revokes an API key at once and for good",
            description: "Every key that it made ends with it, and every one that those made.",
            access: .needs(.keysWrite), audit: .own("key.revoked"), parameters: [.id("The key's id; not its secret.")],
            answers: [.init(204, "Done.")], problems: [.notFound]
        ) { request in
            try await keys.revoke(try request.id(), by: Caller(request))
            return .init(status: 204)
        }
    }

    // MARK: Service accounts

    private var listAccounts: Endpoint {
        Endpoint(
            .get, "/api/v1/service-accounts", id: "listServiceAccounts",
            summary: "Lists the accounts of programs in the workspace", access: .needs(.keysRead),
            parameters: EndpointRequest.pageParameters(usual: 100),
            answers: [.json(200, "One page of them, by name.", Schema(of: ServiceAccountPageDocument.self))],
            problems: [.invalidRequest, .unprocessable]
        ) { request in
            let limit = try request.pageLimit(usual: 100)
            let accounts = try await keys.serviceAccounts(
                in: request.principal.workspace, after: request.idPosition(), limit: limit + 1)
            return try .json(
                200,
                request.page(
                    of: accounts, limit: limit, position: { $0.id.description }, ServiceAccountDocument.init))
        }
    }

    private var createAccount: Endpoint {
        Endpoint(
            .post, "/api/v1/service-accounts", id: "createServiceAccount", summary: "Makes an account for a program",
            description: "It is used with API keys made for it, and stays when whoever made it leaves.",
            access: .needs(.keysWrite), audit: .own("service_account.created"),
            accepts: [.body(ServiceAccountBody.self)],
            answers: [.json(201, "The account.", Schema(of: ServiceAccountDocument.self))],
            problems: [.conflict, .unprocessable]
        ) { request in
            let account = try await keys.createServiceAccount(
                name: try request.json(ServiceAccountBody.self).name.value, by: Caller(request))
            return try .json(201, ServiceAccountDocument(account))
        }
    }

    private var disableAccount: Endpoint {
        Endpoint(
            .delete, "/api/v1/service-accounts/{id}", id: "disableServiceAccount",
            summary: "Locks a program out: its keys end at once, with those that they made", access: .needs(.keysWrite),
            audit: .own("service_account.disabled"),
            parameters: [.id("The account's id.")], answers: [.init(204, "Done.")], problems: [.notFound]
        ) { request in
            try await keys.disableServiceAccount(try request.id(), by: Caller(request))
            return .init(status: 204)
        }
    }
}

private struct APIKeyBody: Decodable, Documented {
    let name: Line<1, 100>
    let permissions: Many<Choice<Permission>, 1, 128>
    let expiresIn: Whole<60, 315_360_000>?
    let serviceAccount: ServiceAccountID?

    private enum CodingKeys: String, CodingKey {
        case name, permissions
        case expiresIn = "expires_in"
        case serviceAccount = "service_account"
    }

    static let meanings = [
        "name": "What it is for.", "permissions": "What it allows, within what you may do.",
        "expires_in": "For how many seconds it holds; without an end unless told.",
        "service_account": "Whose key it is; yours unless told.",
    ]
}

private struct ServiceAccountBody: Decodable, Documented {
    let name: Line<1, 100>
    static let meanings = ["name": "What the program is called."]
}

/// A key as callers see it.
private struct APIKeyDocument: Codable, Documented, Sendable {
    let id: APIKeyID
    let name: String
    let prefix: String
    let owner: String
    let madeBy: APIKeyID?
    let permissions: [String]
    let createdAt: Timestamp
    let lastUsedAt: Timestamp?
    let expiresAt: Timestamp?
    let revokedAt: Timestamp?
    let secret: String?

    init(_ key: APIKey, secret: Secret? = nil) {
        id = key.id
        name = key.name
        prefix = key.prefix
        owner = key.owner.description
        madeBy = key.madeBy
        permissions = key.permissions.permissions.map(\.rawValue)
        createdAt = key.createdAt
        lastUsedAt = key.lastUsedAt
        expiresAt = key.expiresAt
        revokedAt = key.revokedAt
        self.secret = secret?.revealed
    }

    private enum CodingKeys: String, CodingKey {
        case id, name, prefix, owner, permissions, secret
        case madeBy = "made_by"
        case createdAt = "created_at"
        case lastUsedAt = "last_used_at"
        case expiresAt = "expires_at"
        case revokedAt = "revoked_at"
    }

    static let meanings = [
        "prefix": "What its secret begins with.", "owner": "Whose it is: `user_…` or `service_…`.",
        "made_by": "The key that made it, with which it ends; missing for one that was made without a key.",
        "last_used_at": "Up to five minutes behind; missing if it was never used.",
        "expires_at": "Missing for a key without an end.",
        "secret": "For the header `Authorization: Bearer`; only in the answer that makes the key.",
    ]
}

/// One page of keys.
private struct APIKeyPageDocument: Codable, Sendable {
    let items: [APIKeyDocument]
    let next: String?
}

/// One page of service accounts.
private struct ServiceAccountPageDocument: Codable, Sendable {
    let items: [ServiceAccountDocument]
    let next: String?
}

/// A service account as callers see it.
private struct ServiceAccountDocument: Codable, Sendable {
    let id: ServiceAccountID
    let name: String
    let createdAt: Timestamp
    let disabledAt: Timestamp?

    init(_ account: ServiceAccount) {
        id = account.id
        name = account.name
        createdAt = account.createdAt
        disabledAt = account.disabledAt
    }

    private enum CodingKeys: String, CodingKey {
        case id, name
        case createdAt = "created_at"
        case disabledAt = "disabled_at"
    }
}
