/// Reads the escapes of a JSON string whose form is known to be right.
enum JSONEscapes {
    static func removed(from text: String) -> String {
        var result = ""
        var units: [UInt16] = []
        var rest = text.unicodeScalars[...]
        func flush() {
            result += String(decoding: units, as: UTF16.self)
            units = []
        }
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let escape = rest.popFirst() else {
                flush()
                result.unicodeScalars.append(scalar)
                continue
            }
            if escape == "u" {
                // Surrogates come in two escapes and are one character.
                units.append(UInt16(String(String.UnicodeScalarView(rest.prefix(4))), radix: 16) ?? 0xFFFD)
                rest = rest.dropFirst(4)
            } else {
                flush()
                result.unicodeScalars.append(simple[escape] ?? escape)
            }
        }
        flush()
        return result
    }

    private static let simple: [UnicodeScalar: UnicodeScalar] = [
        "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t",
    ]
}
