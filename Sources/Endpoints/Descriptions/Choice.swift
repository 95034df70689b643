/// One of a few words: `Choice<DependencyPolicy>`. Unlike the words alone, its refusal lists them.
package struct Choice<Words: CaseIterable & RawRepresentable<String> & Hashable & Sendable>: Hashable, Sendable {
    package let value: Words

    package init(_ value: Words) {
        self.value = value
    }
}

extension Choice: Codable {
    /// - Throws: `Problem` that names the field and the words.
    package init(from decoder: any Decoder) throws {
        guard let word = Words(rawValue: try decoder.singleValueContainer().decode(String.self)) else {
            throw decoder.refusal("must be \(Words.allCases.map(\.rawValue).joined(separator: " or "))")
        }
        self.init(word)
    }

    package func encode(to encoder: any Encoder) throws { try value.rawValue.encode(to: encoder) }
}

extension Choice: SelfDescribing {
    package static var schema: Schema { .string(values: Words.allCases.map(\.rawValue)) }
    package static var example: Self {
        get throws {
            guard let first = Words.allCases.first else {
                throw SchemaRecorder.Failure(description: "\(Words.self) has no cases")
            }
            return Self(first)
        }
    }
}
