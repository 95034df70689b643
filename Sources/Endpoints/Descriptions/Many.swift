/// An array whose length has bounds: `Many<String, 1, 1_000>`.
package struct Many<Element: Decodable, let fewest: Int, let most: Int> {
    package let values: [Element]

    /// Nil when there are too few or too many.
    package init?(_ values: [Element]) {
        guard (fewest...most).contains(values.count) else { return nil }
        self.values = values
    }
}

extension Many: Sendable where Element: Sendable {}

extension Many: Decodable {
    /// - Throws: `Problem` that names the field and the bounds.
    package init(from decoder: any Decoder) throws {
        guard let many = Self(try decoder.singleValueContainer().decode([Element].self)) else {
            throw decoder.refusal("must have \(fewest == 0 ? "at most \(most)" : "\(fewest) to \(most)") elements")
        }
        self = many
    }
}

extension Many: Encodable where Element: Encodable {
    package func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }
}

extension Many: SelfDescribing {
    package static var schema: Schema {
        get throws {
            .array(
                of: try SchemaRecorder.describe(Element.self).schema, minimumItems: fewest == 0 ? nil : fewest,
                maximumItems: most)
        }
    }
    package static var example: Self {
        get throws {
            let element = try SchemaRecorder.describe(Element.self).example
            guard let example = Self(Array(repeating: element, count: Swift.max(1, fewest))) else {
                throw SchemaRecorder.Failure(description: "no array has \(fewest) to \(most) elements")
            }
            return example
        }
    }
}
