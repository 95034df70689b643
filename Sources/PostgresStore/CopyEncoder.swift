import Storage

/// Writes rows in COPY's text format.
struct CopyEncoder {
    private static let chunkSize = 256 << 10
    private static let hexadecimal = Array("0123456789abcdef".utf8)

    /// The rows in pieces of some 256 KiB.
    func chunks(_ rows: [[SQLValue]]) throws(StorageError) -> [[UInt8]] {
        var chunks: [[UInt8]] = []
        var chunk: [UInt8] = []
        for row in rows {
            for (index, value) in row.enumerated() {
                if index > 0 { chunk.append(UInt8(ascii: "\t")) }
                try append(value, number: index + 1, to: &chunk)
            }
            chunk.append(UInt8(ascii: "\n"))
            if chunk.count >= Self.chunkSize {
                chunks.append(chunk)
                chunk.removeAll()
            }
        }
        if !chunk.isEmpty { chunks.append(chunk) }
        return chunks
    }

    private func append(_ value: SQLValue, number: Int, to chunk: inout [UInt8]) throws(StorageError) {
        switch value {
        case .null: chunk.append(contentsOf: "\\N".utf8)
        case .blob(let bytes):
            chunk.append(contentsOf: "\\\\x".utf8)
            for byte in bytes {
                chunk.append(Self.hexadecimal[Int(byte >> 4)])
                chunk.append(Self.hexadecimal[Int(byte & 15)])
            }
        default:
            for byte in try value.text(number: number).utf8 {
                switch byte {
                case UInt8(ascii: "\\"): chunk.append(contentsOf: "\\\\".utf8)
                case UInt8(ascii: "\n"): chunk.append(contentsOf: "\\n".utf8)
                case UInt8(ascii: "\r"): chunk.append(contentsOf: "\\r".utf8)
                case UInt8(ascii: "\t"): chunk.append(contentsOf: "\\t".utf8)
                default: chunk.append(byte)
                }
            }
        }
    }
}
