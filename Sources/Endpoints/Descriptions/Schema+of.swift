extension Schema {
    /// The schema of what a type reads. A type that cannot be described gives a reference that leads nowhere, and the server
    /// does not start: ``UndeclaredSchema`` names the type and the reason.
    package init(of type: (some Decodable).Type) {
        do {
            self = try SchemaRecorder.describe(type).schema
        } catch {
            self = .named("\(type), which cannot be described: \(error)")
        }
    }
}

/// Lets a type read from nothing and notes what it asks for.
///
/// A type that asks for members depending on the values of others cannot be described so; it conforms to ``SelfDescribing``.
struct SchemaRecorder: Decoder {
    /// What one value turned out to be.
    final class Notes {
        var schema: Schema?
        var properties: [Schema.Property]?
        var optional: Set<String> = []
        var isNullable = false
        let meanings: [String: String]

        init(meanings: [String: String]) { self.meanings = meanings }

        /// What was noted, as a schema.
        var result: Schema? {
            let plain =
                schema
                ?? properties.map { properties in
                    Schema.object(
                        properties.map { property in
                            Schema.Property(
                                property.name, property.schema, required: !optional.contains(property.name),
                                property.description)
                        })
                }
            return isNullable ? plain.map(Schema.nullable) : plain
        }
    }

    /// A type refers to itself, or asks for nothing.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let notes: Notes
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    private static let deepest = 16
    /// How many types are being described that hold the one at hand, also through what describes itself.
    @TaskLocal private static var depth = 0

    /// The schema of a type and a value of it.
    static func describe<Value: Decodable>(
        _ type: Value.Type, at path: [any CodingKey] = []
    ) throws -> (schema: Schema, example: Value) {
        guard depth < deepest else { throw Failure(description: "it holds itself") }
        return try $depth.withValue(depth + 1) { try look(at: type, path) }
    }

    private static func look<Value: Decodable>(
        at type: Value.Type, _ path: [any CodingKey]
    ) throws -> (schema: Schema, example: Value) {
        if let described = type as? any SelfDescribing.Type {
            return (try described.schema, try cast(try described.example))
        }
        if let words = type as? any (CaseIterable & RawRepresentable<String>).Type {
            return try describeWords(words)
        }
        let notes = Notes(meanings: (type as? any Documented.Type)?.meanings ?? [:])
        let value = try Value(from: SchemaRecorder(notes: notes, codingPath: path))
        guard let schema = notes.result else { throw Failure(description: "\(type) reads nothing") }
        return (schema, value)
    }

    private static func describeWords<Words: CaseIterable & RawRepresentable<String>, Value>(
        _ type: Words.Type
    ) throws -> (schema: Schema, example: Value) {
        guard let first = type.allCases.first else { throw Failure(description: "\(type) has no cases") }
        return (.string(values: type.allCases.map(\.rawValue)), try cast(first))
    }

    private static func cast<Value>(_ example: Any) throws -> Value {
        guard let value = example as? Value else { throw Failure(description: "\(Value.self) has a strange example") }
        return value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        notes.properties = notes.properties ?? []
        return KeyedDecodingContainer(Members<Key>(notes: notes, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw Failure(description: "it reads an array in its own way")
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        Single(notes: notes, codingPath: codingPath)
    }

    /// An object: each member that is asked for is a property.
    private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let notes: Notes
        let codingPath: [any CodingKey]
        var allKeys: [Key] { [] }

        func contains(_ key: Key) -> Bool { true }

        /// Only whoever can do without the member asks this first.
        func decodeNil(forKey key: Key) -> Bool {
            notes.optional.insert(key.stringValue)
            return false
        }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            let (schema, example) = try SchemaRecorder.describe(type, at: codingPath + [key])
            if notes.properties?.contains(where: { $0.name == key.stringValue }) != true {
                let meaning = notes.meanings[key.stringValue] ?? ""
                notes.properties?.append(.init(key.stringValue, schema, required: true, meaning))
            }
            return example
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { throw Self.nesting }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw Self.nesting }

        func superDecoder() throws -> any Decoder { throw Self.nesting }

        func superDecoder(forKey key: Key) throws -> any Decoder { throw Self.nesting }

        private static var nesting: Failure { Failure(description: "it reads nested containers; give them a type") }
    }

    /// A value that is written as another one.
    private struct Single: SingleValueDecodingContainer {
        let notes: Notes
        let codingPath: [any CodingKey]

        func decodeNil() -> Bool {
            notes.isNullable = true
            return false
        }

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            let (schema, example) = try SchemaRecorder.describe(type, at: codingPath + [Step()])
            notes.schema = schema
            return example
        }
    }

    /// Counts as one step into a type that wraps another one.
    private struct Step: CodingKey {
        var stringValue: String { "" }
        var intValue: Int? { nil }
        init() {}
        init?(stringValue: String) { nil }
        init?(intValue: Int) { nil }
    }
}
