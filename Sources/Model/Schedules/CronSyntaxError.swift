/// Why a text is no cron expression.
public struct CronSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field that is wrong; nil when the expression as a whole is.
    public let field: CronField?
    /// The part of the expression that is wrong.
    public let text: String
    /// Where that part begins, counted from 1 in characters of the expression.
    public let position: Int
    /// What was found and what is allowed instead, for a person.
    public let message: String

    /// A form for people.
    public var description: String { message }

    /// An error about a part of `expression`.
    init(_ problem: String, allowed: String, at part: Substring, of field: CronField? = nil, in expression: String) {
        self.field = field
        text = String(part)
        let position = expression.distance(from: expression.startIndex, to: part.startIndex) + 1
        self.position = position
        let place = field.map { "the \($0.name) (\($0.ordinal) field, character \(position)): " } ?? ""
        // An expression is shown only up to a length that fits into one line of a log.
        let shown = expression.count <= 80 ? expression : expression.prefix(80) + "…"
        message = "The schedule '\(shown)' cannot be read: \(place)\(problem). Allowed: \(allowed)."
    }
}
