import Foundation
import NIOCore

/// Takes a `multipart/form-data` body apart while it arrives. Holds no more than one header block or one chunk.
///
/// Strict where leniency hides attacks: the first delimiter starts the body, every part has a bounded header block, and the
/// final delimiter must come.
struct MultipartParser {
    /// What the body says next.
    enum Event: Equatable {
        /// A part begins.
        case part(MultipartHeader)
        /// Some bytes of the part.
        case content(ByteBuffer)
        /// The part is complete.
        case endOfPart
        /// The final delimiter came.
        case finished
    }

    /// Why a body is refused.
    struct Malformed: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    private enum State {
        case start, header, content, delimiterEnd, finished
    }

    private let opening: [UInt8]
    private let delimiter: [UInt8]
    private let maximumParts: Int
    private let maximumHeader: Int
    private var state = State.start
    private var parts = 0
    private var pending = ByteBuffer()

    /// - Throws: ``Malformed`` when the boundary is not 1 to 70 of the characters that RFC 2046 allows.
    init(boundary: String, maximumParts: Int = 1_100, maximumHeader: Int = 16_384) throws {
        let allowed = Set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? ".utf8)
        guard (1...70).contains(boundary.utf8.count), boundary.utf8.allSatisfy(allowed.contains), boundary.last != " "
        else { throw Malformed(description: "The boundary must be 1 to 70 characters of those that RFC 2046 allows.") }
        opening = Array("--\(boundary)".utf8)
        delimiter = Array("\r\n--\(boundary)".utf8)
        self.maximumParts = maximumParts
        self.maximumHeader = maximumHeader
    }

    /// Adds bytes; call ``next()`` until it returns nil before adding more.
    mutating func add(_ bytes: ByteBuffer) {
        guard state != .finished else { return }
        pending.discardReadBytes()
        pending.writeImmutableBuffer(bytes)
    }

    /// The next event, or nil when more bytes are needed.
    mutating func next() throws -> Event? {
        switch state {
        case .start: try start()
        case .header: try header()
        case .content: content()
        case .delimiterEnd: try delimiterEnd()
        case .finished: nil
        }
    }

    /// Call when the body has ended.
    func checkEnd() throws {
        guard state == .finished else {
            throw Malformed(description: "The body ends before its final boundary: the upload was cut off.")
        }
    }

    private mutating func start() throws -> Event? {
        guard pending.readableBytes >= opening.count else { return nil }
        guard pending.readBytes(length: opening.count) == opening else {
            throw Malformed(description: "The body does not start with the boundary that the Content-Type names.")
        }
        state = .delimiterEnd
        return try delimiterEnd()
    }

    private mutating func delimiterEnd() throws -> Event? {
        guard let two = pending.readBytes(length: 2) else { return nil }
        switch two {
        case Array("--".utf8):
            state = .finished
            pending.clear()
            return .finished
        case Array("\r\n".utf8):
            parts += 1
            guard parts <= maximumParts else {
                throw Malformed(description: "The form has more than \(maximumParts) parts.")
            }
            state = .header
            return try header()
        default:
            throw Malformed(description: "A boundary is followed by neither a line end nor two hyphens.")
        }
    }

    private mutating func header() throws -> Event? {
        guard let length = pending.firstIndex(of: Array("\r\n\r\n".utf8)) else {
            guard pending.readableBytes <= maximumHeader else { throw headerTooLong }
            return nil
        }
        guard length <= maximumHeader else { throw headerTooLong }
        let lines = pending.readString(length: length) ?? ""
        pending.moveReaderIndex(forwardBy: 4)
        let header = try MultipartHeader(lines: lines)
        state = .content
        return .part(header)
    }

    private mutating func content() -> Event? {
        if let length = pending.firstIndex(of: delimiter) {
            if length > 0 { return pending.readSlice(length: length).map(Event.content) }
            pending.moveReaderIndex(forwardBy: delimiter.count)
            state = .delimiterEnd
            return .endOfPart
        }
        // The last bytes may be the start of a delimiter.
        let certain = pending.readableBytes - (delimiter.count - 1)
        return certain > 0 ? pending.readSlice(length: certain).map(Event.content) : nil
    }

    private var headerTooLong: Malformed {
        Malformed(description: "The header of a part is longer than \(maximumHeader) bytes.")
    }
}

extension ByteBuffer {
    /// The offset of `pattern` from the reader index.
    fileprivate func firstIndex(of pattern: [UInt8]) -> Int? {
        withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress, let first = pattern.first else { return nil }
            var offset = 0
            while bytes.count - offset >= pattern.count,
                let found = memchr(base + offset, Int32(first), bytes.count - offset - (pattern.count - 1))
            {
                let candidate = UnsafeRawPointer(found) - base
                if memcmp(base + candidate, pattern, pattern.count) == 0 { return candidate }
                offset = candidate + 1
            }
            return nil
        }
    }
}
