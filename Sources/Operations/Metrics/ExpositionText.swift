/// Words and numbers of Prometheus' text format.
enum ExpositionText {
    /// A name that Prometheus takes.
    static func metricName(_ label: String) -> String {
        let name = String(label.map { isNameCharacter($0) || $0 == ":" ? $0 : "_" })
        return name.first?.isNumber ?? true ? "_" + name : name
    }

    /// A label name that Prometheus takes.
    static func labelName(_ label: String) -> String {
        let name = String(label.map { isNameCharacter($0) ? $0 : "_" })
        return name.first?.isNumber ?? true ? "_" + name : name
    }

    /// The value of a label, escaped for double quotes.
    static func escaped(label: String) -> String {
        label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// A help sentence on one line.
    static func escaped(help: String) -> String {
        help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    /// A number, whole ones without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }
}
