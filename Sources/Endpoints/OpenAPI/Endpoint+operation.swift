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
        let parameters = parameters.map(\.json) + (idempotency == .unused ? [] : [idempotencyKey])
        if !parameters.isEmpty { members["parameters"] = .array(parameters) }
        if !accepts.isEmpty {
            let forms = accepts.map { ($0.contentType, JSONTree.object(["schema": $0.json])) }
            members["requestBody"] = [
                "required": .boolean(!bodyIsOptional), "content": .object(Dictionary(forms) { first, _ in first }),
            ]
        }
        members["x-rate-class"] = .string(rateClass.rawValue)
        if let audit { members["x-audit"] = audit.json }
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
        for (status, kinds) in Dictionary(grouping: Set(everyProblem), by: \.status) {
            responses[String(status)] = ProblemKind.response(to: kinds)
        }
        for answer in answers { responses[String(answer.status)] = answer.json(isLimited: rateClass != .unlimited) }
        return responses
    }

    /// The declared problems and those that come with what the endpoint takes and whom it serves.
    package var everyProblem: [ProblemKind] {
        var kinds: [ProblemKind] = problems + [.invalidRequest, .misdirected, .internalError, .unavailable]
        if access != .open { kinds += [.unauthenticated, .forbidden] }
        if !accepts.isEmpty { kinds += [.unprocessable, .unsupportedMedia, .tooLarge, .requestTimeout] }
        if rateClass != .unlimited { kinds.append(.tooMany) }
        if idempotency == .kept { kinds += [.keyInUse, .keyReused] }
        return kinds
    }

    private var idempotencyKey: JSONTree {
        let meaning =
            idempotency == .own
            ? "The same key with the same content does the work once and answers the same; with other content, 409."
            : """
            The same key with the same content gives the first answer again, for a day; with other content, 422; while the \
            first is under way, 409.
            """
        return [
            "name": "Idempotency-Key", "in": "header", "required": false, "description": .string(meaning),
            "schema": ["type": "string", "pattern": "^[!-~]([ -~]{0,198}[!-~])?$"],
        ]
    }
}

extension Endpoint.Audit {
    fileprivate var json: JSONTree {
        switch self {
        case .own(let action), .entry(let action): ["written": .string(name), "action": .string(action)]
        case .none(let reason): ["written": .string(name), "reason": .string(reason)]
        }
    }
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

    /// What the body must look like.
    package var schema: Schema {
        switch self {
        case .json(let schema), .multipart(let schema): schema
        }
    }

    fileprivate var json: JSONTree {
        switch self {
        case .json(let schema): schema.closedJSON
        case .multipart(let schema): schema.formJSON
        }
    }
}

extension Endpoint.Answer {
    fileprivate func json(isLimited: Bool) -> JSONTree {
        var headers: [String: JSONTree] = ["X-Request-Id": ["$ref": "#/components/headers/request-id"]]
        if isLimited {
            headers["RateLimit"] = ["$ref": "#/components/headers/rate-limit"]
            headers["RateLimit-Policy"] = ["$ref": "#/components/headers/rate-limit-policy"]
        }
        var members: [String: JSONTree] = ["description": .string(description), "headers": .object(headers)]
        if !content.isEmpty {
            let types = content.map { ($0.type, JSONTree.object(["schema": $0.schema.json])) }
            members["content"] = .object(Dictionary(types) { first, _ in first })
        }
        return .object(members)
    }
}
