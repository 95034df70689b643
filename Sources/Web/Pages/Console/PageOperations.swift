import Endpoints
import Foundation
import Model

/// Calls the operations of the API for a page, as the person who looks at it.
///
/// A page has no other way to the data of a workspace, so it can show and do nothing that the API would refuse: the permission
/// is checked here as at the door, the query and the body as if they had come from outside.
struct PageOperations: Sendable {
    private let endpoints: [String: Endpoint]
    private let cursors: Cursors
    private let strict: StrictJSON
    let audit: AuditTrail

    init(_ endpoints: [Endpoint], schemas: [String: Schema], cursors: Cursors, audit: AuditTrail) {
        self.audit = audit
        self.endpoints = Dictionary(endpoints.map { ($0.id, $0) }) { first, _ in first }
        self.cursors = cursors
        strict = StrictJSON(schemas: schemas)
    }

    /// The declaration; nil on a server without that operation.
    subscript(id: String) -> Endpoint? { endpoints[id] }

    /// Whether this caller would be let in.
    func admits(_ principal: Principal, to id: String) -> Bool {
        switch endpoints[id]?.access {
        case nil: false
        case .open: true
        // What is a person's own is for people: whoever holds the server's token has no sessions and no second factor.
        case .needs(.account): principal.actor.user != nil && principal.permissions.contains(.account)
        case .needs(let permission): principal.permissions.contains(permission)
        }
    }

    /// Calls the operation.
    ///
    /// - Throws: `Problem`, as the API would answer.
    func call(
        _ id: String, for request: EndpointRequest, path: [String: String] = [:], query: [String: String] = [:],
        body: JSONTree? = nil
    ) async throws -> EndpointResponse {
        guard let endpoint = endpoints[id] else { throw Problem(.notFound, "This server does not offer that.") }
        if case .needs(let permission) = endpoint.access, !request.principal.permissions.contains(permission) {
            throw Problem(.forbidden, "This needs the permission \(permission.rawValue).")
        }
        let query = query.filter { !$0.value.isEmpty }
        try endpoint.check(query: query)
        let call = EndpointRequest(
            principal: request.principal, requestID: request.requestID, operation: id, cursors: cursors, path: path,
            query: query, headers: request.headers, body: try checked(body, for: endpoint), client: request.client)
        return try await audit.noting(call, of: endpoint) { try await endpoint.handle(call) }
    }

    /// Calls an operation and reads its answer.
    func read<Document: Decodable>(
        _ id: String, for request: EndpointRequest, path: [String: String] = [:], query: [String: String] = [:],
        as type: Document.Type = Document.self
    ) async throws -> Document {
        try Self.document(in: try await call(id, for: request, path: path, query: query))
    }

    /// The items of a list, or none where the caller may not see it.
    func items<Item: Decodable>(
        _ id: String, for request: EndpointRequest, path: [String: String] = [:], query: [String: String] = [:],
        as type: Item.Type = Item.self
    ) async throws -> PageList<Item> {
        guard admits(request.principal, to: id) else { return PageList(items: [], next: nil) }
        return try await read(id, for: request, path: path, query: query)
    }

    /// The items of the first ten pages of a list, a hundred each, or none where the caller may not see it.
    ///
    /// What lies beyond is left out: a page that somebody waits for reads no list of any length.
    func firstThousand<Item: Decodable>(
        _ id: String, for request: EndpointRequest, as type: Item.Type = Item.self
    ) async throws -> [Item] {
        var items: [Item] = []
        var after: String?
        for _ in 0..<10 {
            let page: PageList<Item> = try await self.items(
                id, for: request, query: ["limit": "100", "after": after ?? ""])
            items += page.items
            after = page.next
            guard after != nil else { break }
        }
        return items
    }

    /// The document that an operation answered with; members are named in camel case here.
    static func document<Document: Decodable>(
        in response: EndpointResponse, as type: Document.Type = Document.self
    ) throws -> Document {
        guard case .data(let data, _) = response.body else { throw UnexpectedAnswer() }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: data)
    }

    private func checked(_ body: JSONTree?, for endpoint: Endpoint) throws -> EndpointRequest.RequestBody {
        guard let body else { return .none }
        let data = try JSONEncoder().encode(body)
        for case .json(let schema) in endpoint.accepts {
            try strict.check(data, against: schema)
            return .json(data)
        }
        return .none
    }

    private struct UnexpectedAnswer: Error, CustomStringConvertible {
        var description: String { "An operation that a page reads answered without a document." }
    }
}

/// One page of a list as the API answers it.
struct PageList<Item: Decodable>: Decodable {
    let items: [Item]
    let next: String?
}
