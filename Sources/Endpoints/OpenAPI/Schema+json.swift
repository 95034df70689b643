extension Schema {
    /// The schema as a JSON document.
    package var json: JSONTree {
        switch self {
        case .string(let format, let values, let maximumLength):
            var members: [String: JSONTree] = ["type": "string"]
            members["format"] = format.map(JSONTree.string)
            members["enum"] = values.map { .array($0.map(JSONTree.string)) }
            members["maxLength"] = maximumLength.map { .integer(Int64($0)) }
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
        case .array(let element, let maximumItems):
            var members: [String: JSONTree] = ["type": "array", "items": element.json]
            members["maxItems"] = maximumItems.map { .integer(Int64($0)) }
            return .object(members)
        case .object(let properties): return Self.object(properties)
        case .any: return [:]
        case .named(let name): return ["$ref": .string("#/components/schemas/\(name)")]
        case .nullable(let schema): return ["anyOf": [schema.json, ["type": "null"]]]
        case .file: return ["type": "string", "contentMediaType": "application/octet-stream"]
        }
    }

    private static func object(_ properties: [Property]) -> JSONTree {
        var members: [String: JSONTree] = ["type": "object"]
        var described: [String: JSONTree] = [:]
        for property in properties {
            if case .object(var schema) = property.schema.json {
                schema["description"] = .string(property.description)
                described[property.name] = .object(schema)
            }
        }
        members["properties"] = .object(described)
        let required = properties.filter(\.required).map { JSONTree.string($0.name) }
        if !required.isEmpty { members["required"] = .array(required) }
        return .object(members)
    }

    /// The names of the schemas that this one refers to.
    package var references: Set<String> {
        switch self {
        case .named(let name): [name]
        case .array(let element, _): element.references
        case .nullable(let schema): schema.references
        case .object(let properties): properties.reduce(into: []) { $0.formUnion($1.schema.references) }
        case .string, .integer, .number, .boolean, .any, .file: []
        }
    }
}
