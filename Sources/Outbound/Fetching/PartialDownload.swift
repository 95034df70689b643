import Foundation
import Model
import NIOCore
import NIOPosix

/// A file that grows beside its final name. Writes are gathered and made on threads that may block.
struct PartialDownload: ~Copyable {
    private let file: URL
    private let partial: URL
    private let handle: FileHandle
    private var gathered: ByteBuffer = .init()
    /// Bytes that were appended.
    private(set) var size: Int64 = 0

    private static let writeLength: Int = 256 << 10

    /// Creates the file `NAME.partial`.
    ///
    /// - Throws: ``OutboundError`` `notStored`.
    init(of file: URL) throws {
        self.file = file
        partial = file.appendingPathExtension("partial")
        let number = open(partial.path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw Self.failure(errno) }
        handle = FileHandle(fileDescriptor: number, closeOnDealloc: true)
    }

    /// Appends bytes.
    ///
    /// - Throws: ``OutboundError`` `notStored`.
    mutating func append(_ buffer: ByteBuffer) async throws {
        size += Int64(buffer.readableBytes)
        gathered.writeImmutableBuffer(buffer)
        if gathered.readableBytes >= Self.writeLength { try await flush() }
    }

    /// Gives the whole file its final name.
    mutating func finish() async throws {
        try await flush()
        guard rename(partial.path, file.path) == 0 else { throw Self.failure(errno) }
    }

    /// Removes what is left of a download that was not finished.
    static func discard(_ file: URL) {
        try? FileManager.default.removeItem(at: file.appendingPathExtension("partial"))
    }

    private mutating func flush() async throws {
        guard gathered.readableBytes > 0 else { return }
        let buffer = gathered
        gathered = ByteBuffer()
        do {
            try await NIOThreadPool.singleton.runIfActive { [handle] in
                try handle.write(contentsOf: Data(buffer.readableBytesView))
            }
        } catch let error as CancellationError {
            throw error
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
            throw Self.failure(cause.domain == NSPOSIXErrorDomain ? CInt(cause.code) : EIO)
        }
    }

    private static func failure(_ number: CInt) -> OutboundError {
        OutboundError(
            .notStored,
            "The fetched file cannot be stored here: \(String(cString: strerror(number))). Free space in the scratch folder, "
                + "or let the server's user write to it.")
    }
}
