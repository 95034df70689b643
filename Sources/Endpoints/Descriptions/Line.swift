/// A text for people without line breaks and other control characters: `Line<1, 100>`.
package struct Line<let shortest: Int, let longest: Int>: Hashable, Sendable {
    package let value: String

    /// Nil when it is too short or too long, or has control characters.
    package init?(_ value: String) {
        guard (shortest...longest).contains(value.unicodeScalars.count),
            value.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { return nil }
        self.value = value
    }
}

extension Line: Codable {
    /// - Throws: `Problem` that names the field and the bounds.
    package init(from decoder: any Decoder) throws {
        guard let line = Self(try decoder.singleValueContainer().decode(String.self)) else {
            throw decoder.refusal("must be one line of \(shortest) to \(longest) characters")
        }
        self = line
    }

    package func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}

extension Line: SelfDescribing {
    package static var schema: Schema {
        .string(
            minimumLength: shortest == 0 ? nil : shortest, maximumLength: longest,
            pattern: #"^[^\u0000-\u001f\u007f-\u009f]*$"#)
    }
    package static var example: Self {
        get throws {
            guard let example = Self(String(repeating: "a", count: Swift.max(shortest, Swift.min(longest, 4)))) else {
                throw SchemaRecorder.Failure(description: "no line has \(shortest) to \(longest) characters")
            }
            return example
        }
    }
}
