package import Model

extension Schema {
    /// The schema as a JSON document, for what the server writes: readers bear members that they do not know.
    package var json: JSONTree { json(isClosed: false) }

    /// The schema of what the server reads: other members are refused, and null stands for a member that is left out.
    package var closedJSON: JSONTree { json(isClosed: true) }

    /// The schema of a form: fields that it does not name are options, or are ignored.
    package var formJSON: JSONTree {
        guard case .object(var members) = json else { return json }
        members["propertyNames"] = ["pattern": .string(#"^[A-Za-z0-9_.\[\]-]{1,100}$"#)]
        return .object(members)
    }

    private func json(isClosed: Bool) -> JSONTree {
        switch self {
        case .string(let format, let values, let minimumLength, let maximumLength, let pattern):
            var members: [String: JSONTree] = ["type": "string"]
            members["format"] = format.map(JSONTree.string)
            members["enum"] = values.map { .array($0.map(JSONTree.string)) }
            members["minLength"] = minimumLength.map { .integer(Int64($0)) }
            members["maxLength"] = maximumLength.map { .integer(Int64($0)) }
            members["pattern"] = pattern.map(JSONTree.string)
            return .object(members)
        case .integer(let minimum, let maximum):
            var members: [String: JSONTree] = ["type": "integer"]
            members["minimum"] = minimum.map(JSONTree.integer)
            members["maximum"] = maximum.map(JSONTree.integer)
            return .object(members)
        case .number(let minimum, let maximum):
            var members: [String: JSONTree] = ["type": "number"]
            members["minimum"] = minimum.map(JSONTree.number)
            members["maximum"] = maximum.map(JSONTree.number)
            return .object(members)
        case .boolean: return ["type": "boolean"]
        case .array(let element, let minimumItems, let maximumItems):
            var members: [String: JSONTree] = ["type": "array", "items": element.json(isClosed: isClosed)]
            members["minItems"] = minimumItems.map { .integer(Int64($0)) }
            members["maxItems"] = maximumItems.map { .integer(Int64($0)) }
            return .object(members)
        case .object(let properties): return Self.object(properties, isClosed: isClosed)
        case .map(let value, let maximumCount):
            var members: [String: JSONTree] = [
                "type": "object", "additionalProperties": value.json(isClosed: isClosed),
            ]
            members["maxProperties"] = maximumCount.map { .integer(Int64($0)) }
            return .object(members)
        case .any: return [:]
        case .named(let name): return ["$ref": .string("#/components/schemas/\(name)")]
        case .nullable(.any): return [:]
        case .nullable(let schema): return ["anyOf": [schema.json(isClosed: isClosed), ["type": "null"]]]
        case .file: return ["type": "string", "contentMediaType": "application/octet-stream"]
        }
    }

    private static func object(_ properties: [Property], isClosed: Bool) -> JSONTree {
        var members: [String: JSONTree] = ["type": "object"]
        var described: [String: JSONTree] = [:]
        for property in properties {
            guard case .object(var schema) = property.form(isClosed: isClosed).json(isClosed: isClosed) else {
                continue
            }
            if !property.description.isEmpty { schema["description"] = .string(property.description) }
            described[property.name] = .object(schema)
        }
        members["properties"] = .object(described)
        let required = properties.filter(\.required).map { JSONTree.string($0.name) }
        if !required.isEmpty { members["required"] = .array(required) }
        if isClosed { members["additionalProperties"] = false }
        return .object(members)
    }

    /// The names of the schemas that this one refers to.
    package var references: Set<String> {
        switch self {
        case .named(let name): [name]
        case .array(let element, _, _), .map(let element, _): element.references
        case .nullable(let schema): schema.references
        case .object(let properties): properties.reduce(into: []) { $0.formUnion($1.schema.references) }
        case .string, .integer, .number, .boolean, .any, .file: []
        }
    }
}

extension Schema.Property {
    /// What may stand under the name.
    fileprivate func form(isClosed: Bool) -> Schema {
        if case .nullable = schema { return schema }
        return isClosed && !required ? .nullable(schema) : schema
    }
}
