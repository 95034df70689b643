public import Foundation
public import NIOCore

/// A body in pieces, read once. Whoever reads it decides the pace.
public typealias ByteStream = any AsyncSequence<ByteBuffer, any Error> & Sendable

/// Files too large for the database: uploads and artifacts, in a folder or an S3-compatible store.
///
/// Bodies are streamed in both directions and never held whole in memory. Keys are relative paths of letters, digits,
/// `-`, `_`, `.` and `/`, at most 512 bytes, without empty, `.` or `..` parts; any other key is `invalid`.
public protocol ObjectStore: Sendable {
    /// Stores `body` under `key`, in one step: readers see the whole new object or what was there before.
    ///
    /// - Parameters:
    ///   - limit: a longer body fails with `tooLarge` and leaves nothing.
    ///   - onlyIfAbsent: fails with `conflict` when the key exists.
    /// - Throws: `StorageError`; whatever `body` throws is passed on and leaves nothing.
    func put(
        _ key: String, _ body: ByteStream, contentType: String, limit: Int64, onlyIfAbsent: Bool
    ) async throws -> ObjectInfo

    /// Stores the content of a local file under `key`, like `put`.
    func put(_ key: String, file: URL, contentType: String, onlyIfAbsent: Bool) async throws -> ObjectInfo

    /// Opens an object, or the given bytes of it; a range may reach past the end.
    ///
    /// - Throws: `notFound`; `invalid` when the range starts past the end.
    func get(_ key: String, range: Range<Int64>?) async throws -> ObjectContent

    /// What is known of an object without reading it; nil when there is none.
    func info(_ key: String) async throws -> ObjectInfo?

    /// Removes an object; removing what is not there is no error.
    func delete(_ key: String) async throws

    /// Keys that start with `prefix`, in order, after the key `after`, at most `limit`.
    func list(prefix: String, after: String?, limit: Int) async throws -> [ObjectInfo]

    /// A URL that lets whoever holds it read the object for a while; nil when the store cannot be reached by URL.
    func readURL(_ key: String, expiresIn: Duration) throws -> URL?

    /// Writes, reads and removes a small object: whether the store works, for `doctor` and `/readyz`.
    func check() async throws
}

extension ObjectStore {
    /// Copies an object into a local file, which appears only when it is whole.
    public func download(_ key: String, to file: URL) async throws {
        let content = try await get(key, range: nil)
        let temporary = file.appendingPathExtension("partial")
        guard FileManager.default.createFile(atPath: temporary.path, contents: nil) else {
            throw StorageError(.readOnly, "The file \(file.path) cannot be written.")
        }
        do {
            let handle = try FileHandle(forWritingTo: temporary)
            defer { try? handle.close() }
            for try await buffer in content.body {
                try handle.write(contentsOf: Data(buffer.readableBytesView))
            }
            guard rename(temporary.path, file.path) == 0 else {
                throw StorageError(.readOnly, "The file \(file.path) cannot be written.")
            }
        } catch {
            try? FileManager.default.removeItem(at: temporary)
            throw error
        }
    }
}

/// What is known of an object.
public struct ObjectInfo: Hashable, Sendable {
    /// Where the object lies.
    public let key: String
    /// Bytes.
    public let size: Int64
    /// SHA-256 of the content in lower-case hexadecimal; nil where the store does not keep it.
    public let sha256: String?
    /// Its media type.
    public let contentType: String?
    /// Changes whenever the content does.
    public let entityTag: String

    /// What a store knows of an object.
    public init(key: String, size: Int64, sha256: String?, contentType: String?, entityTag: String) {
        self.key = key
        self.size = size
        self.sha256 = sha256
        self.contentType = contentType
        self.entityTag = entityTag
    }
}

/// An open object.
public struct ObjectContent: Sendable {
    /// What is known of the whole object.
    public let info: ObjectInfo
    /// The bytes that `body` yields; all of the object unless a range was asked for.
    public let range: Range<Int64>
    /// The bytes that were asked for.
    public let body: ByteStream

    /// An open object with the bytes that will come.
    public init(info: ObjectInfo, range: Range<Int64>, body: ByteStream) {
        self.info = info
        self.range = range
        self.body = body
    }
}
