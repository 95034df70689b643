import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Tenancy
import Testing

/// The operations of accounts, called as a server calls them.
struct EndpointTrial: Sendable {
    let accounts: AccountTrial
    let endpoints: [Endpoint]
    let callers: RequestCallers

    static func with<Value>(
        _ fixture: DatabaseFixture, _ body: (EndpointTrial) async throws -> Value
    ) async throws -> Value {
        try await AccountTrial.with(fixture, isAudited: true) { trial in
            let database = trial.trial.database
            let signing = SigningKeys(database: database, vault: trial.vault, wallClock: { trial.trial.clock.now })
            try await signing.prepare()
            let tokens = TokenService(
                database: database, keys: signing, sessions: trial.sessions, vault: trial.vault,
                settings: .init(issuer: "https://suisha.example.com", audience: "suisha"))
            let callers = RequestCallers(
                Authenticator(sessions: trial.sessions, tokens: tokens, keys: trial.keys),
                cookie: SessionCookie(isSecure: true), address: { _ in "192.0.2.7" })
            let accounts = AccountEndpoints(
                accounts: trial.accounts, sessions: trial.sessions, tokens: tokens, keys: signing, callers: callers)
            return try await body(
                EndpointTrial(
                    accounts: trial, endpoints: accounts.all + APIKeyEndpoints(keys: trial.keys).all, callers: callers))
        }
    }

    /// Calls an operation as whoever the headers say.
    func call(
        _ id: String, _ body: [String: any Sendable] = [:], path: [String: String] = [:],
        headers: [String: String] = [:]
    ) async throws -> EndpointResponse {
        let endpoint = try #require(endpoints.first { $0.id == id })
        let data = try JSONSerialization.data(withJSONObject: body)
        var principal = Principal(workspace: .local, permissions: [])
        let unknown = EndpointRequest(principal: principal, requestID: "req_1", headers: headers)
        if case .needs(let permission) = endpoint.access {
            principal = try await callers.caller(unknown).principal(in: nil)
            guard principal.permissions.contains(permission) else { throw Problem(.forbidden, "not allowed") }
        }
        return try await endpoint.handle(
            EndpointRequest(
                principal: principal, requestID: "req_1", path: path, headers: headers, body: .json(data)))
    }
}

extension EndpointResponse {
    /// A member of a JSON answer.
    func text(_ name: String) throws -> String {
        guard case .data(let data, _) = body,
            let object = try JSONSerialization.jsonObject(with: data) as? [String: Any],
            let value = object[name] as? String
        else { throw NeverHappened("an answer with a text '\(name)'") }
        return value
    }

    func items() throws -> [[String: Any]] {
        guard case .data(let data, _) = body,
            let object = try JSONSerialization.jsonObject(with: data) as? [String: Any],
            let items = object["items"] as? [[String: Any]]
        else { throw NeverHappened("an answer with items") }
        return items
    }

    /// The `Cookie` header of the next request.
    var cookie: [String: String] {
        let first = (cookies.first ?? "").split(separator: ";").first.map(String.init) ?? ""
        return ["cookie": "other=1; \(first)"]
    }
}
