/// The id of a trace of W3C Trace Context: 128 bits, never all zero.
package struct TraceID: Hashable, Sendable, CustomStringConvertible {
    let high: UInt64
    let low: UInt64

    /// - Returns: nil for the one value that stands for no trace.
    init?(high: UInt64, low: UInt64) {
        guard high != 0 || low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// 32 lowercase hexadecimal digits.
    package var description: String { Hexadecimal.text(high) + Hexadecimal.text(low) }
}

/// The id of a span: 64 bits, never zero.
package struct SpanID: Hashable, Sendable, CustomStringConvertible {
    let value: UInt64

    /// - Returns: nil for the one value that stands for no span.
    init?(_ value: UInt64) {
        guard value != 0 else { return nil }
        self.value = value
    }

    /// 16 lowercase hexadecimal digits.
    package var description: String { Hexadecimal.text(value) }
}

/// Numbers as lowercase hexadecimal digits, all of them.
enum Hexadecimal {
    static func text(_ value: UInt64) -> String { digits(value, count: 16) }
    static func text(_ value: UInt8) -> String { digits(UInt64(value), count: 2) }

    private static func digits(_ value: UInt64, count: Int) -> String {
        String(unsafeUninitializedCapacity: count) { buffer in
            for place in 0..<count {
                let digit = UInt8(truncatingIfNeeded: value >> UInt64(4 * (count - 1 - place))) & 0xF
                buffer[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return count
        }
    }

    /// The number that lowercase digits stand for; nil when one of them is none. At most 16 of them.
    static func value(_ digits: some Sequence<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
