import Endpoints
import Model

/// What only who runs the server does with accounts and keys.
extension AccountEndpoints {
    private static let id = Endpoint.Parameter.id("The account's id.")

    var listAccounts: Endpoint {
        Endpoint(
            .get, "/api/v1/operator/accounts", id: "listAccounts", summary: "Lists the accounts of the server",
            access: .needs(.operate), parameters: EndpointRequest.pageParameters(),
            answers: [.json(200, "One page of them.", Schema(of: AccountPageDocument.self))],
            problems: [.unprocessable]
        ) { request in
            let limit = try request.pageLimit()
            let after = try request.pagePosition().flatMap { UserID($0) }
            let accounts = try await accounts.accounts(after: after, limit: limit + 1)
            return try .json(
                200,
                request.page(of: accounts, limit: limit, position: { $0.id.description }) {
                    AccountPageDocument.Item($0)
                })
        }
    }

    var disableAccount: Endpoint {
        Endpoint(
            .post, "/api/v1/operator/accounts/{id}/disable", id: "disableAccount",
            summary: "Locks a person out at once",
            description: "Ends every session and stops every key, until the account is enabled again.",
            access: .needs(.operate), audit: .own("account.disabled"), parameters: [Self.id],
            answers: [.init(204, "Done.")],
            problems: [.notFound, .conflict]
        ) { request in
            try await accounts.disable(try request.id(), by: Caller(request))
            return .init(status: 204)
        }
    }

    var enableAccount: Endpoint {
        Endpoint(
            .post, "/api/v1/operator/accounts/{id}/enable", id: "enableAccount", summary: "Lets a person sign in again",
            access: .needs(.operate), audit: .own("account.enabled"), parameters: [Self.id],
            answers: [.init(204, "Done.")], problems: [.notFound]
        ) { request in
            try await accounts.enable(try request.id(), by: Caller(request))
            return .init(status: 204)
        }
    }

    var setOperator: Endpoint {
        Endpoint(
            .put, "/api/v1/operator/accounts/{id}/operator", id: "setOperator",
            summary: "Lets a person run the server, or no longer",
            description: "Ends the person's sessions; the next sign-in begins with the new rights.",
            access: .needs(.operate), audit: .own("account.operator_changed"), parameters: [Self.id],
            accepts: [.body(OperatorBody.self)], answers: [.init(204, "Done.")], problems: [.notFound, .conflict]
        ) { request in
            try await accounts.setOperator(
                try request.json(OperatorBody.self).isOperator, try request.id(), by: Caller(request))
            return .init(status: 204)
        }
    }

    var rotateKeys: Endpoint {
        Endpoint(
            .post, "/api/v1/operator/signing-keys/rotate", id: "rotateSigningKeys",
            summary: "Signs access tokens with the next key",
            description: "Every process follows within a minute; the old key verifies for an hour more.",
            access: .needs(.operate), audit: .own("signing_keys.rotated"),
            answers: [.json(200, "The key that signs now.", Schema(of: SigningKeyDocument.self))]
        ) { request in
            let kid = try await keys.rotate(by: Caller(request), journal: accounts.journal)
            return try .json(200, SigningKeyDocument(kid: kid))
        }
    }
}

private struct OperatorBody: Decodable, Documented {
    let isOperator: Bool

    private enum CodingKeys: String, CodingKey {
        case isOperator = "is_operator"
    }

    static let meanings = ["is_operator": "Whether the person runs the server."]
}

private struct SigningKeyDocument: Codable, Sendable {
    let kid: String
}

/// One page of accounts, as who runs the server sees them.
private struct AccountPageDocument: Codable, Sendable {
    let items: [Item]
    let next: String?

    struct Item: Codable, Documented, Sendable {
        let id: UserID
        let email: String
        let name: String
        let status: String
        let isOperator: Bool
        let createdAt: Timestamp

        init(_ account: Account) {
            id = account.id
            email = account.email.address
            name = account.name
            status = account.status.rawValue
            isOperator = account.isOperator
            createdAt = account.createdAt
        }

        private enum CodingKeys: String, CodingKey {
            case id, email, name, status
            case isOperator = "is_operator"
            case createdAt = "created_at"
        }

        static let meanings = [
            "status": "`active` or `disabled`.", "is_operator": "Whether the person runs the server.",
        ]
    }
}
