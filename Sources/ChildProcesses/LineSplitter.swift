/// Cuts a stream of bytes into lines at `\n` or `\r`, in bounded memory.
struct LineSplitter {
    /// Longer lines are handed on cut to this many bytes.
    let limit: Int
    private var line: [UInt8] = []

    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(_ chunk: UnsafeRawBufferPointer, receive: (String) -> Void) {
        for byte in chunk {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                finish(receive: receive)
            } else if line.count < limit {
                line.append(byte)
            }
        }
    }

    /// Hands on what stands after the last line break.
    mutating func finish(receive: (String) -> Void) {
        guard !line.isEmpty else { return }
        receive(String(decoding: line, as: UTF8.self))
        line.removeAll(keepingCapacity: true)
    }
}
