/// Words and numbers of Prometheus' text format.
enum ExpositionText {
    /// A name that Prometheus takes.
    static func metricName(_ label: String) -> String {
        if isName(label, colons: true) { return label }
        let name = String(label.map { isNameCharacter($0) || $0 == ":" ? $0 : "_" })
        return name.first?.isNumber ?? true ? "_" + name : name
    }

    /// A label name that Prometheus takes.
    static func labelName(_ label: String) -> String {
        if isName(label, colons: false) { return label }
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

    /// Whether it is a name as it stands. Asked several times for each request, so it looks at bytes: properties of characters
    /// took 9 % of a busy server's time.
    private static func isName(_ text: String, colons: Bool) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: colons && byte == UInt8(ascii: ":")
            }
        }
    }

    private static func isNameCharacter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_")
    }
}
