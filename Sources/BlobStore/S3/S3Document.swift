import Foundation

/// An element of an XML answer: what S3 needs of XML, without a library. Attributes are skipped, and a document with
/// declarations of its own (`<!DOCTYPE`) is refused.
struct S3Document: Equatable, Sendable {
    /// The name without its namespace prefix.
    let name: String
    private(set) var text: String = ""
    private(set) var children: [S3Document] = []

    /// Elements nested deeper than S3 ever nests them.
    private static let maximumDepth: Int = 16

    /// Reads a whole document; nil when it is none.
    init?(_ bytes: some Sequence<UInt8>) {
        var scanner = Scanner(rest: Array(bytes)[...])
        guard scanner.skipProlog(), let root = scanner.element(depth: 0) else { return nil }
        self = root
    }

    private init(name: String) {
        self.name = name
    }

    /// The text of the first child of that name.
    func text(of name: String) -> String? {
        children.first { $0.name == name }?.text
    }

    private struct Scanner {
        var rest: ArraySlice<UInt8>

        mutating func skipProlog() -> Bool {
            while true {
                skipSpace()
                if starts(with: "<?") {
                    guard skip(past: "?>") else { return false }
                } else if starts(with: "<!--") {
                    guard skip(past: "-->") else { return false }
                } else {
                    return starts(with: "<") && !starts(with: "<!")
                }
            }
        }

        mutating func element(depth: Int) -> S3Document? {
            guard depth < S3Document.maximumDepth, rest.popFirst() == UInt8(ascii: "<"), let tag = untilClosingBracket()
            else { return nil }
            let isEmpty = tag.last == UInt8(ascii: "/")
            let name = tag.prefix { $0 > 0x20 && $0 != UInt8(ascii: "/") }
            guard !name.isEmpty else { return nil }
            var element = S3Document(name: Self.localName(name))
            return isEmpty || content(of: &element, depth: depth, closing: Array(name)) ? element : nil
        }

        private mutating func content(of element: inout S3Document, depth: Int, closing name: [UInt8]) -> Bool {
            var text: [UInt8] = []
            while let byte = rest.first {
                if byte != UInt8(ascii: "<") {
                    text.append(byte)
                    rest.removeFirst()
                } else if starts(with: "</") {
                    rest.removeFirst(2)
                    guard let tag = untilClosingBracket(), tag.prefix(while: { $0 > 0x20 }).elementsEqual(name),
                        let decoded = Self.decoded(text)
                    else { return false }
                    element.text = decoded
                    return true
                } else if starts(with: "<!--") {
                    guard skip(past: "-->") else { return false }
                } else {
                    guard let child = self.element(depth: depth + 1) else { return false }
                    element.children.append(child)
                }
            }
            return false
        }

        private mutating func untilClosingBracket() -> ArraySlice<UInt8>? {
            guard let end = rest.firstIndex(of: UInt8(ascii: ">")) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }

        private func starts(with text: String) -> Bool { rest.starts(with: text.utf8) }

        private mutating func skip(past mark: String) -> Bool {
            while !rest.isEmpty {
                if starts(with: mark) {
                    rest.removeFirst(mark.utf8.count)
                    return true
                }
                rest.removeFirst()
            }
            return false
        }

        private mutating func skipSpace() {
            // A byte order mark may come first.
            rest = rest.drop { $0 <= 0x20 || $0 == 0xEF || $0 == 0xBB || $0 == 0xBF }
        }

        private static func localName(_ name: ArraySlice<UInt8>) -> String {
            String(String(decoding: name, as: UTF8.self).split(separator: ":").last ?? "")
        }

        private static func decoded(_ bytes: [UInt8]) -> String? {
            guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
            guard text.contains("&") else { return text }
            var decoded = ""
            var rest = text[...]
            while let start = rest.firstIndex(of: "&") {
                decoded += rest[..<start]
                guard let end = rest[start...].firstIndex(of: ";"),
                    let character = entity(rest[start...].dropFirst()[..<end])
                else { return nil }
                decoded.append(character)
                rest = rest[rest.index(after: end)...]
            }
            return decoded + rest
        }

        private static func entity(_ name: Substring) -> Character? {
            let named: [Substring: Character] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
            if let character = named[name] { return character }
            guard name.first == "#" else { return nil }
            let digits = name.dropFirst()
            let number = digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
            return number.flatMap(Unicode.Scalar.init).map(Character.init)
        }
    }
}
