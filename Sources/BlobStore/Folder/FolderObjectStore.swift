package import Foundation
import NIOCore
package import Storage

/// Objects as files of one folder, for one host.
///
/// A body grows in a file beside the objects and appears under its key by one rename, once all of it is on disk: neither
/// readers nor a power cut ever see half of it. See `docs/objects.md` for the layout.
package struct FolderObjectStore: ObjectStore {
    private let folder: ObjectFolder
    private let queue: FileQueue

    /// A body that stopped growing this long ago belongs to a process that is gone.
    private static let partialLifetime: Duration = .seconds(86_400)
    /// How many bytes are gathered before they are written.
    private static let writeLength: Int = 256 << 10

    /// Opens the folder, creates it where it is missing, and removes what crashed writers left there.
    ///
    /// - Throws: `StorageError` naming the folder when it cannot be created or read.
    package static func open(_ url: URL) async throws -> FolderObjectStore {
        let store = FolderObjectStore(
            folder: ObjectFolder(path: url.standardizedFileURL.path), queue: FileQueue(label: "objects"))
        try await store.queue.run { [folder = store.folder] in
            try folder.prepare(removingPartialsOlderThan: partialLifetime)
        }
        return store
    }

    package func put(
        _ key: String, _ body: ByteStream, contentType: String, limit: Int64, onlyIfAbsent: Bool
    ) async throws -> ObjectInfo {
        let key = try ObjectKey(key)
        if onlyIfAbsent, try await isPresent(key) { throw StorageError.objectExists(key) }
        let partial = try await queue.run { [folder] in try PartialFile(in: folder) }
        do {
            try await write(body, to: partial, key: key, limit: limit)
            // A cancelled body may just end, so what arrived is not known to be whole.
            guard !Task.isCancelled else { throw StorageError.putCanceled(key) }
            return try await queue.run {
                try partial.commit(as: key, contentType: contentType, onlyIfAbsent: onlyIfAbsent)
            }
        } catch {
            try? await queue.run { partial.discard() }
            throw error is CancellationError ? StorageError.putCanceled(key) : error
        }
    }

    package func put(_ key: String, file: URL, contentType: String, onlyIfAbsent: Bool) async throws -> ObjectInfo {
        let body = try await FileBody.open(file, queue: queue)
        return try await put(key, body, contentType: contentType, limit: .max, onlyIfAbsent: onlyIfAbsent)
    }

    package func get(_ key: String, range: Range<Int64>?) async throws -> ObjectContent {
        let key = try ObjectKey(key)
        return try await queue.run { [folder, queue] in
            guard let file = try folder.open(key) else { throw StorageError.objectMissing(key) }
            let trailer = try trailer(of: file, key: key)
            let whole = 0..<trailer.size
            let wanted = try range.map { try $0.existing(in: trailer.size, of: key) } ?? whole
            return ObjectContent(
                info: trailer.info(key: key.text), range: wanted,
                body: FileBody(file, range: wanted, queue: queue, folder: folder.path))
        }
    }

    package func info(_ key: String) async throws -> ObjectInfo? {
        let key = try ObjectKey(key)
        return try await queue.run { [folder] in
            guard let file = try folder.open(key) else { return nil }
            return try trailer(of: file, key: key).info(key: key.text)
        }
    }

    package func delete(_ key: String) async throws {
        let key = try ObjectKey(key)
        try await queue.run { [folder] in try folder.remove(key) }
    }

    package func list(prefix: String, after: String?, limit: Int) async throws -> [ObjectInfo] {
        try ObjectKey.checkPrefix(prefix)
        return try await queue.run { [folder] in
            try FolderListing.list(in: folder, prefix: prefix, after: after, limit: limit)
        }
    }

    package func readURL(_ key: String, expiresIn: Duration) throws -> URL? {
        _ = try ObjectKey(key)
        return nil
    }

    package func check() async throws {
        try await checkByWriting()
    }

    private func isPresent(_ key: ObjectKey) async throws -> Bool {
        try await queue.run { [folder] in
            guard (try folder.open(key)) != nil else { return false }
            return true
        }
    }

    private func write(_ body: ByteStream, to partial: PartialFile, key: ObjectKey, limit: Int64) async throws {
        var size: Int64 = 0
        var gathered: [ByteBuffer] = []
        var gatheredLength = 0
        for try await buffer in body {
            size += Int64(buffer.readableBytes)
            guard size <= limit else { throw StorageError.objectTooLarge(key, limit: limit) }
            gathered.append(buffer)
            gatheredLength += buffer.readableBytes
            if gatheredLength >= Self.writeLength {
                try await queue.run { [gathered] in try partial.append(gathered) }
                gathered.removeAll(keepingCapacity: true)
                gatheredLength = 0
            }
        }
        if gatheredLength > 0 {
            try await queue.run { [gathered] in try partial.append(gathered) }
        }
    }

    private func trailer(of file: borrowing Descriptor, key: ObjectKey) throws -> ObjectTrailer {
        guard let trailer = ObjectTrailer(reading: file) else {
            throw StorageError(
                .corrupt,
                "The file of the object '\(key.text)' in the folder \(folder.path) is damaged or was put there by another "
                    + "program. Restore it from a backup, or delete the object.")
        }
        return trailer
    }
}
