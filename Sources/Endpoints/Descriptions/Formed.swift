/// A form that texts of one meaning have: the names of kinds, the codes of failures.
package protocol TextForm: Sendable {
    /// A regular expression of ECMA-262 that says the same as ``isMet(by:)``.
    static var pattern: String { get }
    /// The rest of a sentence about the field, with an example: `must have up to 63 small letters: resize-image`.
    static var rule: String { get }
    static var example: String { get }
    static func isMet(by text: String) -> Bool
}

/// A text of one form: `Formed<KindName>`.
package struct Formed<Form: TextForm>: Hashable, Sendable {
    package let value: String

    /// Nil when it has another form.
    package init?(_ value: String) {
        guard Form.isMet(by: value) else { return nil }
        self.value = value
    }
}

extension Formed: Codable {
    /// - Throws: `Problem` that names the field and the rule.
    package init(from decoder: any Decoder) throws {
        guard let text = Self(try decoder.singleValueContainer().decode(String.self)) else {
            throw decoder.refusal(Form.rule)
        }
        self = text
    }

    package func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}

extension Formed: SelfDescribing {
    package static var schema: Schema { .string(pattern: Form.pattern) }
    package static var example: Self {
        get throws {
            guard let example = Self(Form.example) else {
                throw SchemaRecorder.Failure(description: "the example of \(Form.self) has another form")
            }
            return example
        }
    }
}
