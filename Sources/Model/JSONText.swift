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

/// Any JSON value, used only to carry a document through `Codable`.
private enum JSONTree: Codable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([String: JSONTree])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONTree].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONTree].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
