import Foundation
import Storage

/// What a file of the folder store holds after the object's content: its description, so that content and description
/// are replaced in one step, on every file system, and survive every copy.
///
/// Layout: content, then this as JSON, then the length of the JSON in four bytes (big-endian), then the mark.
struct ObjectTrailer: Codable, Hashable, Sendable {
    var size: Int64
    var sha256: String
    var contentType: String

    private enum CodingKeys: String, CodingKey {
        case size, sha256
        case contentType = "content_type"
    }

    /// Eight bytes at the very end.
    private static let mark: [UInt8] = Array("suisha-1".utf8)
    /// Bytes after the JSON.
    private static let footerLength: Int = 12
    /// The longest JSON that is read back.
    private static let maximumLength: Int = 4096

    /// The bytes to append to the content.
    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var data = try encoder.encode(self)
        guard data.count <= Self.maximumLength else {
            throw StorageError(.invalid, "The content type of an object is too long.")
        }
        let length = UInt32(data.count)
        data.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) })
        data.append(contentsOf: Self.mark)
        return data
    }

    /// Reads the trailer of an open file.
    ///
    /// - Returns: nil when the file was cut, grew, or was not written by the folder store.
    init?(reading file: borrowing Descriptor) {
        var status = stat()
        guard fstat(file.number, &status) == 0 else { return nil }
        let end = Int64(status.st_size)
        guard end >= Int64(Self.footerLength),
            let footer = Self.bytes(of: file, at: end - Int64(Self.footerLength), count: Self.footerLength),
            Array(footer.suffix(8)) == Self.mark
        else { return nil }
        let length = footer.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let start = end - Int64(Self.footerLength + length)
        guard length <= Self.maximumLength, start >= 0, let json = Self.bytes(of: file, at: start, count: length),
            let trailer = try? JSONDecoder().decode(ObjectTrailer.self, from: Data(json)), trailer.size == start
        else { return nil }
        self = trailer
    }

    /// A trailer for content of that length.
    init(size: Int64, sha256: String, contentType: String) {
        self.size = size
        self.sha256 = sha256
        self.contentType = contentType
    }

    /// What callers learn of the object.
    func info(key: String) -> ObjectInfo {
        ObjectInfo(key: key, size: size, sha256: sha256, contentType: contentType, entityTag: sha256)
    }

    private static func bytes(of file: borrowing Descriptor, at offset: Int64, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let number = file.number
        let read = bytes.withUnsafeMutableBytes { pread(number, $0.baseAddress, count, off_t(offset)) }
        return read == count ? bytes : nil
    }
}
