import Crypto
import Foundation
import NIOCore
import Storage
import Synchronization

/// A body on its way into the folder store. Every call blocks; call it on a ``FileQueue``.
final class PartialFile: Sendable {
    let name: String
    private let folder: ObjectFolder
    private let state: Mutex<State>

    private struct State: ~Copyable {
        let file: Descriptor
        var hash: SHA256 = .init()
        var size: Int64 = 0
    }

    /// Creates the file.
    init(in folder: ObjectFolder) throws {
        self.folder = folder
        name = UUID().uuidString
        state = Mutex(State(file: try folder.createPartial(named: name)))
    }

    /// Appends content.
    func append(_ buffers: [ByteBuffer]) throws {
        try state.withLock { state in
            for buffer in buffers {
                try buffer.withUnsafeReadableBytes { bytes in
                    try write(bytes, to: state.file)
                    state.hash.update(bufferPointer: bytes)
                }
                state.size += Int64(buffer.readableBytes)
            }
        }
    }

    /// Appends the description, makes all of it durable, and lets it appear under `key`.
    func commit(as key: ObjectKey, contentType: String, onlyIfAbsent: Bool) throws -> ObjectInfo {
        let trailer = try state.withLock { state in
            let digest = SignatureV4.hexadecimal(state.hash.finalize())
            let trailer = ObjectTrailer(size: state.size, sha256: digest, contentType: contentType)
            try trailer.encoded().withUnsafeBytes { try write($0, to: state.file) }
            guard fsync(state.file.number) == 0 else {
                throw StorageError.file(errno, "write the object '\(key.text)'", in: folder.path)
            }
            return trailer
        }
        try folder.place(partial: name, at: key, onlyIfAbsent: onlyIfAbsent)
        return trailer.info(key: key.text)
    }

    /// Removes the file of a body that will not be stored.
    func discard() {
        folder.removePartial(named: name)
    }

    private func write(_ bytes: UnsafeRawBufferPointer, to file: borrowing Descriptor) throws {
        var rest = bytes
        while !rest.isEmpty {
            let written = Foundation.write(file.number, rest.baseAddress, rest.count)
            if written > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            } else if errno != EINTR {
                throw StorageError.file(errno, "write an object", in: folder.path)
            }
        }
    }
}
