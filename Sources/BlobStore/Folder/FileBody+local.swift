import Foundation
import NIOCore
import Storage

extension FileBody {
    /// Opens a local file that is to be stored.
    static func open(_ url: URL, queue: FileQueue) async throws -> FileBody {
        let path = url.path
        let folder = url.deletingLastPathComponent().path
        return try await queue.run {
            let number = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard number >= 0 else {
                let reason = errno
                if reason == ENOENT { throw StorageError(.notFound, "There is no file \(path) to store.") }
                throw StorageError.file(reason, "open the file \(path)", in: folder)
            }
            let file = Descriptor(adopting: number)
            var status = stat()
            guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                throw StorageError(.invalid, "\(path) is no regular file, so it cannot be stored.")
            }
            return FileBody(file, range: 0..<Int64(status.st_size), queue: queue, folder: folder)
        }
    }
}
