import NIOCore
import Storage

extension RESPDecoder {
    static func number(_ bytes: ByteBufferView) throws(StorageError) -> Int64 {
        guard let number = Int64(String(decoding: bytes, as: UTF8.self)) else {
            throw malformed("the number '\(shown(bytes))'")
        }
        return number
    }

    static func double(_ bytes: ByteBufferView) throws(StorageError) -> Double {
        let text = String(decoding: bytes, as: UTF8.self)
        switch text {
        case "inf": return .infinity
        case "-inf": return -.infinity
        case "nan", "-nan": return .nan
        default: break
        }
        // `Double` reads more forms, such as hexadecimal ones.
        guard bytes.allSatisfy({ Self.decimal.contains($0) }), let number = Double(text) else {
            throw malformed("the number '\(shown(bytes))'")
        }
        return number
    }

    static func bigNumber(_ bytes: ByteBufferView) throws(StorageError) -> String {
        let digits = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            throw malformed("the number '\(shown(bytes))'")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func boolean(_ bytes: ByteBufferView) throws(StorageError) -> Bool {
        switch (bytes.count, bytes.first) {
        case (1, UInt8(ascii: "t")): true
        case (1, UInt8(ascii: "f")): false
        default: throw malformed("the truth value '\(shown(bytes))'")
        }
    }

    static func malformed(_ what: String) -> StorageError {
        .init(
            .corrupt,
            """
            Redis sent \(what) where a reply was expected: the connection is closed. Check that the address is that of a \
            Redis server and whether it wants TLS.
            """)
    }

    static func tooLarge(_ bound: String) -> StorageError {
        .init(.corrupt, "Redis sent a reply beyond the bound of \(bound): the connection is closed.")
    }

    private static let decimal: Set<UInt8> = Set("0123456789+-.eE".utf8)

    private static func shown(_ bytes: ByteBufferView) -> String {
        String(decoding: bytes.prefix(40), as: UTF8.self).filter { !$0.isNewline && $0.isASCII }
    }
}
