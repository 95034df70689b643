import Foundation
import NIOCore
import Storage

extension ObjectStore {
    /// Writes, reads and removes a small object, and says which of them failed.
    func checkByWriting() async throws {
        let key = "_check/" + UUID().uuidString.lowercased()
        let written = ByteBuffer(string: "Suisha checks that this store works. This object may be deleted.\n")
        _ = try await put(
            key, ByteStreams.of(written), contentType: "text/plain", limit: 1024, onlyIfAbsent: true)
        var read = ByteBuffer()
        do {
            for try await buffer in try await get(key, range: nil).body { read.writeImmutableBuffer(buffer) }
        } catch {
            try? await delete(key)
            throw error
        }
        try await delete(key)
        guard read == written else {
            throw StorageError(.corrupt, "The object store returned other bytes than were written to it.")
        }
    }
}

extension Range where Bound == Int64 {
    /// The part of this range that an object of `size` bytes has.
    ///
    /// - Throws: `invalid` when it has no byte of it.
    func existing(in size: Int64, of key: ObjectKey) throws(StorageError) -> Range<Int64> {
        guard lowerBound >= 0, lowerBound < size, !isEmpty else {
            throw StorageError.rangeOutside(self, of: key, size: size)
        }
        return clamped(to: 0..<size)
    }
}
