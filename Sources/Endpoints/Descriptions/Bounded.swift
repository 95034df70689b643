/// Bounds of a whole number that are too great for ``Whole``.
package protocol WholeBounds: Sendable {
    static var range: ClosedRange<Int> { get }
}

/// A whole number within some bounds: `Bounded<Epochs>`.
package struct Bounded<Bounds: WholeBounds>: Hashable, Sendable {
    package let value: Int

    /// Nil when it lies outside.
    package init?(_ value: Int) {
        guard Bounds.range.contains(value) else { return nil }
        self.value = value
    }
}

extension Bounded: Codable {
    /// - Throws: `Problem` that names the field and the bounds.
    package init(from decoder: any Decoder) throws {
        guard let number = Self(try decoder.singleValueContainer().decode(Int.self)) else {
            throw decoder.refusal("must lie between \(Bounds.range.lowerBound) and \(Bounds.range.upperBound)")
        }
        self = number
    }

    package func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}

extension Bounded: SelfDescribing {
    package static var schema: Schema {
        .integer(minimum: Int64(Bounds.range.lowerBound), maximum: Int64(Bounds.range.upperBound))
    }
    package static var example: Self {
        get throws {
            guard let example = Self(Bounds.range.lowerBound) else {
                throw SchemaRecorder.Failure(description: "no number lies in \(Bounds.range)")
            }
            return example
        }
    }
}
