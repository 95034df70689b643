import Endpoints
import Model

/// What the page of the reference shows: every operation with who may call it, how often, with what, and what it answers.
struct ReferencePage: Sendable {
    let endpoints: [Endpoint]

    /// For the template.
    var fields: [String: Any] {
        let groups = Dictionary(grouping: endpoints) { Self.group(of: $0.path) }
        return [
            "groups": groups.sorted { $0.key < $1.key }.map { name, endpoints in
                [
                    "name": name,
                    "operations": endpoints.sorted { ($0.path, $0.method.rawValue) < ($1.path, $1.method.rawValue) }
                        .map(Self.operation),
                ] as [String: Any]
            }
        ]
    }

    /// The first word of the path that is not about the API itself.
    private static func group(of path: String) -> String {
        path.split(separator: "/").first { $0 != "api" && $0 != "v1" }.map(String.init) ?? "server"
    }

    private static func operation(_ endpoint: Endpoint) -> [String: Any] {
        let fields = endpoint.parameters.map(Field.init) + endpoint.accepts.flatMap(Field.all)
        var operation: [String: Any] = [
            "id": endpoint.id, "method": endpoint.method.rawValue, "path": endpoint.path, "summary": endpoint.summary,
            "description": endpoint.description, "rateClass": endpoint.rateClass.rawValue,
            "fields": fields.map(\.row), "hasFields": !fields.isEmpty,
            "answers": endpoint.answers.map { ["status": String($0.status), "meaning": $0.description] },
            "problems": Set(endpoint.everyProblem).sorted { ($0.status, $0.name) < ($1.status, $1.name) }.map {
                ["status": String($0.status), "meaning": $0.title, "type": $0.name]
            },
        ]
        if case .needs(let permission) = endpoint.access { operation["permission"] = permission.rawValue }
        operation["audit"] = endpoint.audit?.action
        operation["limit"] = endpoint.rateClass.usualCallsPerMinute.map { "\($0)/min" }
        return operation
    }

    /// One parameter, or one member of a body, with the path to it.
    private struct Field {
        let name: String
        let place: String
        let schema: Schema
        let required: Bool
        let meaning: String

        init(_ parameter: Endpoint.Parameter) {
            name = parameter.name
            place = parameter.place.rawValue
            schema = parameter.schema
            required = parameter.required
            meaning = parameter.description
        }

        private init(_ property: Schema.Property, under prefix: String, in place: String) {
            name = prefix + property.name
            self.place = place
            schema = property.schema
            required = property.required
            meaning = property.description
        }

        /// The members of a body, with those of their own members behind them.
        static func all(of form: Endpoint.RequestForm) -> [Field] {
            all(of: form.schema, under: "", in: form.contentType)
        }

        private static func all(of schema: Schema, under prefix: String, in place: String) -> [Field] {
            switch schema {
            case .object(let properties):
                properties.flatMap { property in
                    [Field(property, under: prefix, in: place)]
                        + all(of: property.schema, under: prefix + property.name + ".", in: place)
                }
            case .array(let element, _, _): all(of: element, under: prefix.dropLast() + "[].", in: place)
            case .nullable(let inner): all(of: inner, under: prefix, in: place)
            default: []
            }
        }

        var row: [String: Any] {
            ["name": name, "place": place, "type": schema.words, "required": required, "meaning": meaning]
        }
    }
}

extension Schema {
    /// For people: `integer 1…64`.
    fileprivate var words: String {
        switch self {
        case .string(let format, let values, let minimum, let maximum, let pattern):
            values.map { $0.joined(separator: ", ") }
                ?? ["string", format, Self.range(minimum.map { "\($0)" }, maximum.map { "\($0)" }), pattern]
                .compactMap { $0 }.joined(separator: " ")
        case .integer(let minimum, let maximum):
            ["integer", Self.range(minimum.map { "\($0)" }, maximum.map { "\($0)" })]
                .compactMap { $0 }.joined(separator: " ")
        case .number(let minimum, let maximum):
            ["number", Self.range(minimum.map { "\($0)" }, maximum.map { "\($0)" })]
                .compactMap { $0 }.joined(separator: " ")
        case .boolean: "true or false"
        case .array(let element, _, let maximum):
            "array of \(element.words)" + (maximum.map { ", at most \($0)" } ?? "")
        case .object: "object"
        case .map(let value, let maximum): "object of \(value.words)" + (maximum.map { ", at most \($0)" } ?? "")
        case .any: "any"
        case .named(let name): name
        case .nullable(let inner): "\(inner.words) or null"
        case .file: "file"
        }
    }

    private static func range(_ minimum: String?, _ maximum: String?) -> String? {
        minimum == nil && maximum == nil ? nil : "\(minimum ?? "")…\(maximum ?? "")"
    }
}
