package import Model

/// The OpenAPI 3.1 document of a set of endpoints. Everything in it comes from their declarations.
package struct OpenAPIDocument: Sendable {
    /// The document.
    package let json: JSONTree

    /// - Parameter schemas: what the endpoints refer to by name.
    /// - Throws: ``UndeclaredSchema`` when a name has no schema.
    package init(
        title: String, description: String, version: String, endpoints: [Endpoint], schemas: [String: Schema]
    ) throws {
        try Self.checkReferences(endpoints, schemas)
        var paths: [String: [String: JSONTree]] = [:]
        for endpoint in endpoints {
            paths[endpoint.path, default: [:]][endpoint.method.rawValue.lowercased()] = endpoint.operation
        }
        var named = schemas.mapValues(\.json)
        named["Problem"] = Self.problem
        json = [
            "openapi": "3.1.0",
            "info": [
                "title": .string(title), "description": .string(description), "version": .string(version),
            ],
            "servers": [["url": "/"]],
            "security": [["token": []], ["session": []]],
            "paths": .object(paths.mapValues(JSONTree.object)),
            "components": [
                "schemas": .object(named),
                "responses": .object(
                    Dictionary(uniqueKeysWithValues: ProblemKind.all.map { ($0.name, $0.response) })),
                "headers": [
                    "request-id": [
                        "description":
                            "The id of the request, also in the server's log. Send your own to have it used.",
                        "schema": ["type": "string"],
                    ],
                    "rate-limit": [
                        "description": """
                        How many calls are left (`r`), and after how many seconds there are more (`t`), as in \
                        draft-ietf-httpapi-ratelimit-headers. Left out for callers without a limit.
                        """,
                        "schema": ["type": "string"],
                    ],
                    "rate-limit-policy": [
                        "description": "How many calls (`q`) are served in any stretch of so many seconds (`w`).",
                        "schema": ["type": "string"],
                    ],
                    "retry-after": ["description": "Seconds after which to try again.", "schema": ["type": "integer"]],
                ],
                "securitySchemes": [
                    "token": ["type": "http", "scheme": "bearer", "description": "The server's token."],
                    "session": [
                        "type": "apiKey", "in": "cookie", "name": "suisha_session",
                        "description":
                            "The cookie of a signed-in browser; its unsafe requests must come from our own pages.",
                    ],
                ],
            ],
        ]
    }

    private static func checkReferences(_ endpoints: [Endpoint], _ schemas: [String: Schema]) throws {
        for endpoint in endpoints {
            for name in endpoint.references where schemas[name] == nil {
                throw UndeclaredSchema(name: name, place: endpoint.id)
            }
        }
        for (place, schema) in schemas {
            for name in schema.references where schemas[name] == nil {
                throw UndeclaredSchema(name: name, place: place)
            }
        }
    }

    private static let problem: JSONTree =
        Schema.object([
            .init(
                "type", .string(format: "uri"), required: true,
                "Names the kind of problem: `urn:suisha:problem:not-found`."),
            .init("title", .string(), required: true, "The kind of problem in words."),
            .init("status", .integer(minimum: 400, maximum: 599), required: true, "The HTTP status."),
            .init("detail", .string(), required: true, "What is wrong in this case, and what to do."),
            .init("instance", .string(), required: true, "The id of the request."),
            .init("field", .string(), "The field, parameter or part that is wrong."),
        ]).json
}

extension ProblemKind {
    /// The answer of one status that may mean several kinds.
    static func response(to kinds: [ProblemKind]) -> JSONTree {
        if kinds.count == 1, let kind = kinds.first {
            return ["$ref": .string("#/components/responses/\(kind.name)")]
        }
        let sorted = kinds.sorted { $0.name < $1.name }
        return response(sorted.map(\.sentence).joined(separator: " "), isRetried: sorted.contains(where: \.isRetried))
    }

    /// The answer that means this kind alone.
    var response: JSONTree { Self.response(sentence, isRetried: isRetried) }

    private var sentence: String { "\(title) (`urn:suisha:problem:\(name)`)." }

    /// Whether the answer says when to try again.
    private var isRetried: Bool { [429, 503, 507].contains(status) || self == .keyInUse }

    private static func response(_ description: String, isRetried: Bool) -> JSONTree {
        var headers: [String: JSONTree] = ["X-Request-Id": ["$ref": "#/components/headers/request-id"]]
        if isRetried { headers["Retry-After"] = ["$ref": "#/components/headers/retry-after"] }
        return [
            "description": .string(description), "headers": .object(headers),
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
        ]
    }
}

/// An endpoint or schema refers to a schema that nobody declared: a mistake in a declaration.
package struct UndeclaredSchema: Error, CustomStringConvertible {
    package let name: String
    package let place: String
    package var description: String { "'\(place)' refers to the schema '\(name)', which is not declared." }
}
