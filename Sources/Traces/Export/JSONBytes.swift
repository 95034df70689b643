/// JSON, written straight into bytes: a busy server sends thousands of spans a second, and encoders by reflection take ten times
/// as long for them.
struct JSONBytes {
    private(set) var bytes: [UInt8] = []
    /// Whether a value stands before the next one.
    private var needsComma = false

    init(capacity: Int) { bytes.reserveCapacity(capacity) }

    mutating func object(_ body: (inout JSONBytes) -> Void) { enclosed("{", "}", body) }

    mutating func array<Element>(_ elements: some Sequence<Element>, _ body: (inout JSONBytes, Element) -> Void) {
        enclosed("[", "]") { json in for element in elements { body(&json, element) } }
    }

    /// The name of a member; its value follows.
    mutating func name(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: ":")])
        needsComma = false
    }

    mutating func string(_ text: String) {
        separate()
        quote(text)
        needsComma = true
    }

    /// The text, cut to so many bytes, but not within a character.
    mutating func string(_ text: String, longest: Int) {
        guard text.utf8.count > longest else { return string(text) }
        var end = text.utf8.index(text.startIndex, offsetBy: longest)
        while String.Index(end, within: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        string(String(text[..<end]) + "…")
    }

    /// A value that needs no quotes: `5`, `true`.
    mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func enclosed(_ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONBytes) -> Void) {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            if utf8.allSatisfy(Self.isPlain) { return bytes.append(contentsOf: utf8) }
            for byte in utf8 { append(byte) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(_ byte: UInt8) {
        if Self.isPlain(byte) {
            bytes.append(byte)
        } else {
            bytes.append(contentsOf: "\\u00\(Hexadecimal.text(byte))".utf8)
        }
    }

    /// Whether it stands in a text as it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}
