import Foundation

/// A JSON document in its text form, stored and passed on without being read. It appears inside other JSON as what it is,
/// not as a string.
public struct JSONText: Hashable, Sendable, CustomStringConvertible {
    /// The document.
    public let text: String

    /// Takes a text that is known to be JSON, for example because the database holds it.
    public init(trusted text: String) {
        self.text = text
    }

    /// Encodes a value with sorted keys, so that equal values give equal texts.
    public init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        text = String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// The empty object, `{}`.
    public static let emptyObject: JSONText = .init(trusted: "{}")

    /// Reads the document as a value.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// A form for people.
    public var description: String { text }
}

extension JSONText: Codable {
    /// Reads one plain value.
    public init(from decoder: any Decoder) throws {
        try self.init(encoding: JSONTree(from: decoder))
    }

    /// Writes one plain value.
    public func encode(to encoder: any Encoder) throws {
        try decode(JSONTree.self).encode(to: encoder)
    }
}
