import Model

extension Endpoint {
    /// The endpoint as an OpenAPI operation.
    var operation: JSONTree {
        var members: [String: JSONTree] = [
            "operationId": .string(id),
            "summary": .string(summary),
            "responses": .object(responses),
        ]
        if !description.isEmpty { members["description"] = .string(description) }
        let parameters = parameters.map(\.json) + (idempotent ? [Self.idempotencyKey] : [])
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        if !accepts.isEmpty {
            let forms = accepts.map { ($0.contentType, JSONTree.object(["schema": $0.schema.json])) }
            members["requestBody"] = [
                "required": .boolean(!bodyIsOptional), "content": .object(Dictionary(forms) { first, _ in first }),
            ]
        }
        switch access {
        case .open: members["security"] = []
        case .needs(let permission): members["x-permission"] = .string(permission.rawValue)
        }
        return .object(members)
    }

    /// The names of the schemas that the declaration refers to.
    var references: Set<String> {
        var names: Set<String> = []
        for parameter in parameters { names.formUnion(parameter.schema.references) }
        for form in accepts { names.formUnion(form.schema.references) }
        for content in answers.flatMap(\.content) { names.formUnion(content.schema.references) }
        return names
    }

    private var responses: [String: JSONTree] {
        var responses: [String: JSONTree] = [:]
        for kind in everyProblem {
            responses[String(kind.status)] = ["$ref": .string("#/components/responses/\(kind.name)")]
        }
        for answer in answers { responses[String(answer.status)] = answer.json }
        return responses
    }

    /// The declared problems and those that come with what the endpoint takes and whom it serves.
    private var everyProblem: [ProblemKind] {
        var kinds: [ProblemKind] = problems + [.invalidRequest, .misdirected, .internalError]
        if access != .open { kinds += [.unauthenticated, .forbidden] }
        if !accepts.isEmpty { kinds += [.unsupportedMedia, .tooLarge, .requestTimeout] }
        return kinds
    }

    private static let idempotencyKey: JSONTree = [
        "name": "Idempotency-Key", "in": "header", "required": false,
        "description":
            "The same key with the same content does the work once and answers the same; with other content, 409.",
        "schema": ["type": "string", "minLength": 1, "maxLength": 200],
    ]
}

extension Endpoint.Parameter {
    fileprivate var json: JSONTree {
        [
            "name": .string(name), "in": .string(place.rawValue), "required": .boolean(required),
            "description": .string(description), "schema": schema.json,
        ]
    }
}

extension Endpoint.RequestForm {
    /// The content type of the form.
    package var contentType: String {
        switch self {
        case .json: "application/json"
        case .multipart: "multipart/form-data"
        }
    }

    var schema: Schema {
        switch self {
        case .json(let schema), .multipart(let schema): schema
        }
    }
}

extension Endpoint.Answer {
    fileprivate var json: JSONTree {
        var members: [String: JSONTree] = [
            "description": .string(description),
            "headers": ["X-Request-Id": ["$ref": "#/components/headers/request-id"]],
        ]
        if !content.isEmpty {
            let types = content.map { ($0.type, JSONTree.object(["schema": $0.schema.json])) }
            members["content"] = .object(Dictionary(types) { first, _ in first })
        }
        return .object(members)
    }
}
