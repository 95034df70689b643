/// A text whose length in Unicode code points has bounds: `Text<1, 200>`.
package struct Text<let shortest: Int, let longest: Int>: Hashable, Sendable {
    package let value: String

    /// Nil when it is too short or too long.
    package init?(_ value: String) {
        guard (shortest...longest).contains(value.unicodeScalars.count) else { return nil }
        self.value = value
    }
}

extension Text: Codable {
    /// - Throws: `Problem` that names the field and the bounds.
    package init(from decoder: any Decoder) throws {
        guard let text = Self(try decoder.singleValueContainer().decode(String.self)) else {
            throw decoder.refusal("must have \(Self.bounds) characters")
        }
        self = text
    }

    package func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }

    private static var bounds: String { shortest == 0 ? "at most \(longest)" : "\(shortest) to \(longest)" }
}

extension Text: SelfDescribing {
    package static var schema: Schema {
        .string(minimumLength: shortest == 0 ? nil : shortest, maximumLength: longest)
    }
    package static var example: Self {
        get throws {
            let text = String(repeating: "a", count: Swift.max(shortest, Swift.min(longest, 4)))
            guard let example = Self(text) else {
                throw SchemaRecorder.Failure(description: "no text has \(bounds) characters")
            }
            return example
        }
    }
}
