import CZlib
import Foundation

/// Compresses answers as browsers take them.
enum Gzip {
    /// How much time is spent on how few bytes.
    enum Effort: Int32, Sendable {
        /// For what is made anew for each request.
        case quick = 4
        /// For what is compressed once and sent many times.
        case best = 9
    }

    /// The bytes in the format of RFC 1952; nil when zlib has no memory left, or when they would not get fewer.
    static func compressed(_ data: Data, effort: Effort) -> Data? {
        guard !data.isEmpty, data.count < Int(UInt32.max) else { return nil }
        var stream = z_stream()
        // 15 bits of window, and 16 asks for gzip's own frame.
        let started = deflateInit2_(
            &stream, effort.rawValue, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard started == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var output = Data(count: Int(deflateBound(&stream, uLong(data.count))))
        let room = output.count
        let finished = data.withUnsafeBytes { source in
            output.withUnsafeMutableBytes { target in
                // zlib reads through a pointer that it declares as mutable, but never writes there.
                stream.next_in = UnsafeMutablePointer(mutating: source.bindMemory(to: Bytef.self).baseAddress)
                stream.avail_in = uInt(source.count)
                stream.next_out = target.bindMemory(to: Bytef.self).baseAddress
                stream.avail_out = uInt(room)
                return deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
        }
        guard finished, Int(stream.total_out) < data.count else { return nil }
        return output.prefix(Int(stream.total_out))
    }

    /// Whether an `Accept-Encoding` header takes gzip.
    static func isAccepted(by header: String?) -> Bool {
        for range in (header ?? "").split(separator: ",").prefix(20) {
            let value = HeaderValue(String(range))
            guard ["gzip", "x-gzip", "*"].contains(value.value.lowercased()) else { continue }
            return (value.parameters["q"].flatMap(Double.init) ?? 1) > 0
        }
        return false
    }
}
