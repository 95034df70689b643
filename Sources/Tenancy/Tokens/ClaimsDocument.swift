/// A JSON object as tokens carry it, read strictly: no duplicate members, no bytes behind it, no deep nesting, and numbers as
/// they are written. Foundation's decoder takes the last of several members, which two readers may see differently.
struct ClaimsDocument: Hashable, Sendable {
    let members: [String: Value]

    /// One JSON value.
    indirect enum Value: Hashable, Sendable {
        case string(String)
        case integer(Int64)
        /// With a fraction, an exponent, or too large.
        case number(String)
        case bool(Bool)
        case null
        case array([Value])
        case object([String: Value])
    }

    /// nil for what is not one object in that strict form.
    init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard case .object(let members)? = reader.document() else { return nil }
        self.members = members
    }

    /// The member if it is a string.
    func string(_ name: String) -> String? {
        if case .string(let text)? = members[name] { text } else { nil }
    }

    /// The member if it is a whole number written as one.
    func integer(_ name: String) -> Int64? {
        if case .integer(let value)? = members[name] { value } else { nil }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0
        static let maximumDepth = 8

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        mutating func document() -> Value? {
            let value = value(depth: 0)
            skipSpace()
            return position == bytes.count ? value : nil
        }

        private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        private mutating func skipSpace() {
            while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            skipSpace()
            guard next == byte else { return false }
            position += 1
            return true
        }

        private mutating func value(depth: Int) -> Value? {
            guard depth < Self.maximumDepth else { return nil }
            skipSpace()
            switch next {
            case UInt8(ascii: "{"): return object(depth)
            case UInt8(ascii: "["): return array(depth)
            case UInt8(ascii: "\""): return string().map { .string($0) }
            case UInt8(ascii: "t"): return word("true", .bool(true))
            case UInt8(ascii: "f"): return word("false", .bool(false))
            case UInt8(ascii: "n"): return word("null", .null)
            default: return number()
            }
        }

        private mutating func word(_ text: String, _ value: Value) -> Value? {
            let end = position + text.utf8.count
            guard end <= bytes.count, bytes[position..<end].elementsEqual(text.utf8) else { return nil }
            position = end
            return value
        }

        private mutating func object(_ depth: Int) -> Value? {
            var members: [String: Value] = [:]
            position += 1
            if take(UInt8(ascii: "}")) { return .object(members) }
            repeat {
                skipSpace()
                guard let name = string(), members[name] == nil, take(UInt8(ascii: ":")),
                    let value = value(depth: depth + 1)
                else { return nil }
                members[name] = value
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "}")) ? .object(members) : nil
        }

        private mutating func array(_ depth: Int) -> Value? {
            var items: [Value] = []
            position += 1
            if take(UInt8(ascii: "]")) { return .array(items) }
            repeat {
                guard let value = value(depth: depth + 1) else { return nil }
                items.append(value)
            } while take(UInt8(ascii: ","))
            return take(UInt8(ascii: "]")) ? .array(items) : nil
        }

        private mutating func string() -> String? {
            guard next == UInt8(ascii: "\"") else { return nil }
            position += 1
            var content: [UInt8] = []
            while let byte = next {
                position += 1
                switch byte {
                case UInt8(ascii: "\""): return String(validating: content, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let escaped = escape() else { return nil }
                    content += escaped
                case 0..<0x20: return nil
                default: content.append(byte)
                }
            }
            return nil
        }

        private mutating func escape() -> [UInt8]? {
            guard let byte = next else { return nil }
            position += 1
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
            case UInt8(ascii: "b"): return [0x08]
            case UInt8(ascii: "f"): return [0x0C]
            case UInt8(ascii: "n"): return [0x0A]
            case UInt8(ascii: "r"): return [0x0D]
            case UInt8(ascii: "t"): return [0x09]
            case UInt8(ascii: "u"):
                guard var code = unit() else { return nil }
                if (0xD800..<0xDC00).contains(code) {
                    guard next == UInt8(ascii: "\\") else { return nil }
                    position += 1
                    guard next == UInt8(ascii: "u") else { return nil }
                    position += 1
                    guard let low = unit(), (0xDC00..<0xE000).contains(low) else { return nil }
                    code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                }
                return Unicode.Scalar(code).map { Array(String(Character($0)).utf8) }
            default: return nil
            }
        }

        private mutating func unit() -> UInt32? {
            guard position + 4 <= bytes.count else { return nil }
            var code: UInt32 = 0
            for byte in bytes[position..<position + 4] {
                guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
                code = code << 4 | UInt32(digit)
            }
            position += 4
            return code
        }

        private mutating func number() -> Value? {
            let start = position
            if next == UInt8(ascii: "-") { position += 1 }
            let digits = digits()
            guard digits > 0 else { return nil }
            let first = bytes[start] == UInt8(ascii: "-") ? start + 1 : start
            guard digits == 1 || bytes[first] != UInt8(ascii: "0") else { return nil }
            var isWhole = true
            if next == UInt8(ascii: ".") {
                position += 1
                isWhole = false
                guard self.digits() > 0 else { return nil }
            }
            if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
                position += 1
                isWhole = false
                if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
                guard self.digits() > 0 else { return nil }
            }
            let text = String(decoding: bytes[start..<position], as: UTF8.self)
            if isWhole, let value = Int64(text) { return .integer(value) }
            return .number(text)
        }

        private mutating func digits() -> Int {
            let start = position
            while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
            return position - start
        }
    }
}
