extension Decoder {
    /// The refusal of the value that is being read; the rest of the sentence says what it must be.
    package func refusal(_ rest: String) -> Problem {
        let field = codingPath.dotted
        return Problem(
            .unprocessable, "\(field.isEmpty ? "The body" : "The field '\(field)'") \(rest).",
            field: field.isEmpty ? nil : field)
    }
}

extension [any CodingKey] {
    /// The path as problems name it: `items[3].name`.
    var dotted: String {
        reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
            }
        }
    }
}
