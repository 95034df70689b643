import Foundation
import NIOCore
import Storage
import Synchronization

/// An object store in memory, for tests of what counts files. Bodies arrive a piece at a time, as they do elsewhere.
final class MemoryObjects: ObjectStore {
    private let kept = Mutex<[String: [UInt8]]>([:])

    var keys: [String] { kept.withLock { $0.keys.sorted() } }
    var bytes: Int64 { kept.withLock { $0.values.reduce(0) { $0 + Int64($1.count) } } }

    func put(
        _ key: String, _ body: ByteStream, contentType: String, limit: Int64, onlyIfAbsent: Bool
    ) async throws -> ObjectInfo {
        var content: [UInt8] = []
        for try await piece in body {
            content += piece.readableBytesView
            guard content.count <= limit else { throw StorageError(.tooLarge, "over \(limit) bytes") }
            await Task.yield()
        }
        let isNew = kept.withLock { kept in
            if onlyIfAbsent, kept[key] != nil { return false }
            kept[key] = content
            return true
        }
        guard isNew else { throw StorageError(.conflict, "\(key) is there") }
        return info(key, content)
    }

    func put(_ key: String, file: URL, contentType: String, onlyIfAbsent: Bool) async throws -> ObjectInfo {
        try await put(
            key, Self.body([UInt8](Data(contentsOf: file))), contentType: contentType, limit: .max,
            onlyIfAbsent: onlyIfAbsent)
    }

    func get(_ key: String, range: Range<Int64>?) async throws -> ObjectContent {
        guard let content = kept.withLock({ $0[key] }) else { throw StorageError(.notFound, "no \(key)") }
        return ObjectContent(info: info(key, content), range: 0..<Int64(content.count), body: Self.body(content))
    }

    func info(_ key: String) async throws -> ObjectInfo? {
        kept.withLock { $0[key] }.map { info(key, $0) }
    }

    func delete(_ key: String) async throws { kept.withLock { $0[key] = nil } }

    func list(prefix: String, after: String?, limit: Int) async throws -> [ObjectInfo] {
        let found = kept.withLock { kept in
            kept.filter { $0.key.hasPrefix(prefix) && $0.key > after ?? "" }.sorted { $0.key < $1.key }
        }
        return found.prefix(limit).map { info($0.key, $0.value) }
    }

    func readURL(_ key: String, expiresIn: Duration) throws -> URL? { nil }

    func check() async throws {}

    private func info(_ key: String, _ content: [UInt8]) -> ObjectInfo {
        ObjectInfo(key: key, size: Int64(content.count), sha256: nil, contentType: nil, entityTag: "\(content.count)")
    }

    /// A body of that content, in pieces.
    static func body(_ content: [UInt8]) -> ByteStream {
        AsyncThrowingStream { continuation in
            for start in stride(from: 0, to: content.count, by: 10) {
                continuation.yield(ByteBuffer(bytes: content[start..<min(start + 10, content.count)]))
            }
            continuation.finish()
        }
    }
}
