package import Model

extension String: SelfDescribing {
    package static var schema: Schema { .string() }
    package static var example: String { "text" }
}

extension Bool: SelfDescribing {
    package static var schema: Schema { .boolean }
    package static var example: Bool { true }
}

extension Int: SelfDescribing {
    package static var schema: Schema { .integer() }
    package static var example: Int { 1 }
}

extension Int64: SelfDescribing {
    package static var schema: Schema { .integer() }
    package static var example: Int64 { 1 }
}

extension Double: SelfDescribing {
    package static var schema: Schema { .number() }
    package static var example: Double { 1 }
}

extension Array: SelfDescribing where Element: Decodable {
    package static var schema: Schema { get throws { .array(of: try SchemaRecorder.describe(Element.self).schema) } }
    package static var example: [Element] { get throws { [try SchemaRecorder.describe(Element.self).example] } }
}

extension Dictionary: SelfDescribing where Key == String, Value: Decodable {
    package static var schema: Schema { get throws { .map(of: try SchemaRecorder.describe(Value.self).schema) } }
    package static var example: [String: Value] {
        get throws { ["name": try SchemaRecorder.describe(Value.self).example] }
    }
}

extension JSONText: SelfDescribing {
    package static var schema: Schema { .any }
    package static var example: JSONText { .emptyObject }
}

extension Timestamp: SelfDescribing {
    package static var schema: Schema { .string(format: "date-time") }
    package static var example: Timestamp { .init(microseconds: 1_772_366_400_000_000) }
}

extension Identifier: SelfDescribing {
    package static var schema: Schema { .string(pattern: "^\(Kind.prefix)_[0-9a-f]{32}$") }
    package static var example: Identifier { .init() }
}
