extension JSONScanner {
    /// Passes a string.
    ///
    /// - Returns: whether it has no escapes.
    @discardableResult
    mutating func scanString() throws -> Bool {
        position += 1
        var isPlain = true
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return isPlain
            case UInt8(ascii: "\\"):
                isPlain = false
                position += 1
                try scanEscape()
            case 0..<0x20: throw broken("a control character stands in a string without being escaped")
            default: position += 1
            }
        }
        throw broken("a string does not end")
    }

    private mutating func scanEscape() throws {
        guard let byte = next else { throw broken("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return
        case UInt8(ascii: "u"): try scanUnicodeEscape()
        default: throw broken("there is no such escape")
        }
    }

    /// Passes four digits, and the second half of a pair of surrogates.
    private mutating func scanUnicodeEscape() throws {
        let unit = try hexadecimalUnit()
        switch unit {
        case 0:
            // PostgreSQL cannot store it in a text, and C programs end at it.
            throw refusal("\(subject) holds the character U+0000.", .unprocessable)
        case 0xD800...0xDBFF:
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")), (0xDC00...0xDFFF).contains(try hexadecimalUnit())
            else { throw broken("half a pair of surrogates stands alone") }
        case 0xDC00...0xDFFF: throw broken("half a pair of surrogates stands alone")
        default: return
        }
    }

    private mutating func hexadecimalUnit() throws -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else {
                throw broken("four hexadecimal digits are expected")
            }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }

    /// Passes a number, and checks that it can be kept as it was sent.
    mutating func scanNumber(_ schema: Schema) throws {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try scanDigits() }
        if let byte = next, Self.isDigit(byte) { throw broken("a number starts with a zero") }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try scanDigits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try scanDigits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        switch schema {
        case .integer:
            guard isInteger else {
                // By its value it may be one, so it is no other type; but readers differ in what they make of it.
                throw refusal(
                    "\(subject) must be an integer, written without a fraction and an exponent.", .unprocessable)
            }
            guard Int64(text) != nil else { throw tooLarge("an integer of 64 bits", .invalidRequest) }
        case .number: guard Double(text)?.isFinite ?? false else { throw tooLarge("a double", .invalidRequest) }
        case .any:
            // An integer beyond 64 bits would come back as another one.
            guard isInteger ? Int64(text) != nil : Double(text)?.isFinite ?? false else {
                throw tooLarge(isInteger ? "an integer of 64 bits" : "a double", .unprocessable)
            }
        default: throw wrongNumber(schema)
        }
    }

    private mutating func scanDigits() throws {
        guard let byte = next, Self.isDigit(byte) else { throw broken("a digit is expected") }
        while let byte = next, Self.isDigit(byte) { position += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private func tooLarge(_ form: String, _ kind: ProblemKind) -> Problem {
        refusal("\(subject) does not fit into \(form); send it as a string.", kind)
    }
}
