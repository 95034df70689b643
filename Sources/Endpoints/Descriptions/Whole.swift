/// A whole number with bounds: `Whole<1, 100>`. Greater bounds than 2^31 take ``Bounded``: Swift 6.3 cannot mangle the names of
/// such types.
package struct Whole<let least: Int, let greatest: Int>: Hashable, Sendable {
    package let value: Int

    /// Nil when it lies outside.
    package init?(_ value: Int) {
        guard (least...greatest).contains(value) else { return nil }
        self.value = value
    }
}

extension Whole: Codable {
    /// - Throws: `Problem` that names the field and the bounds.
    package init(from decoder: any Decoder) throws {
        guard let number = Self(try decoder.singleValueContainer().decode(Int.self)) else {
            throw decoder.refusal("must lie between \(least) and \(greatest)")
        }
        self = number
    }

    package func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}

extension Whole: SelfDescribing {
    package static var schema: Schema { .integer(minimum: Int64(least), maximum: Int64(greatest)) }
    package static var example: Self {
        get throws {
            guard let example = Self(least) else {
                throw SchemaRecorder.Failure(description: "no number lies between \(least) and \(greatest)")
            }
            return example
        }
    }
}
