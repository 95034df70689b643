import Foundation

/// The hexadecimal forms of a UUID, written and read without formatted output: ids pass through SQL by the thousand, and
/// a profile of the queue had the formatted output and input of Foundation's `uuidString` among its first lines.
enum UUIDText {
    /// Lower case, after a prefix, with or without hyphens.
    static func text(_ uuid: UUID, after prefix: String = "", hyphenated: Bool) -> String {
        let length = prefix.utf8.count + (hyphenated ? 36 : 32)
        return withUnsafeBytes(of: uuid.uuid) { bytes in
            String(unsafeUninitializedCapacity: length) { buffer in
                var position = 0
                func append(_ byte: UInt8) {
                    buffer[position] = byte
                    position += 1
                }
                for byte in prefix.utf8 { append(byte) }
                for (index, byte) in bytes.enumerated() {
                    if hyphenated, index == 4 || index == 6 || index == 8 || index == 10 {
                        append(UInt8(ascii: "-"))
                    }
                    append(digit(byte >> 4))
                    append(digit(byte & 15))
                }
                return position
            }
        }
    }

    /// Reads 32 hexadecimal digits; with hyphens where they belong, or without any.
    static func uuid(_ text: some StringProtocol, hyphenated: Bool) -> UUID? {
        text.utf8.withContiguousStorageIfAvailable { uuid($0, hyphenated: hyphenated) }
            ?? Array(text.utf8).withUnsafeBufferPointer { uuid($0, hyphenated: hyphenated) }
    }

    private static func uuid(_ digits: UnsafeBufferPointer<UInt8>, hyphenated: Bool) -> UUID? {
        guard digits.count == (hyphenated ? 36 : 32) else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        var count = 0
        for (position, digit) in digits.enumerated() {
            if hyphenated, position == 8 || position == 13 || position == 18 || position == 23 {
                guard digit == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let value = value(digit) else { return nil }
            if count < 16 { words.0 = words.0 << 4 | value } else { words.1 = words.1 << 4 | value }
            count += 1
        }
        words = (words.0.bigEndian, words.1.bigEndian)
        return withUnsafeBytes(of: words) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    private static func value(_ digit: UInt8) -> UInt64? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(digit - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(digit - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
