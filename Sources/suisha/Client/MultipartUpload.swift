import Foundation
import NIOCore

/// A form with one file, read piece by piece while it is sent.
struct MultipartUpload: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    /// The value of the `Content-Type` header.
    let contentType: String
    /// The bytes of the whole form.
    let length: Int64
    private let path: String
    private let size: Int64
    private let head: String
    private let tail: String

    private static let pieceSize = 256 << 10

    /// - Parameters:
    ///   - fields: text parts before the file.
    ///   - boundary: must not occur in the file; a test fixes it.
    /// - Throws: ``CommandFailure`` when there is no such file, or it is a folder.
    init(path: String, fields: [String: String], boundary: String = UUID().uuidString) throws {
        let handle = try Self.open(path)
        defer { try? handle.close() }
        size = Int64(try handle.seekToEnd())
        self.path = path
        contentType = "multipart/form-data; boundary=\(boundary)"
        var head = ""
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            head += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        // Quotes and line ends are escaped as browsers do it (HTML, multipart/form-data encoding).
        let name = URL(filePath: path).lastPathComponent.replacing("\"", with: "%22")
            .replacing("\r", with: "%0D").replacing("\n", with: "%0A")
        head += "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
        head += "Content-Type: application/octet-stream\r\n\r\n"
        self.head = head
        tail = "\r\n--\(boundary)--\r\n"
        length = Int64(head.utf8.count) + size + Int64(tail.utf8.count)
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(upload: self)
    }

    /// Reads the head, the file and the tail.
    struct Iterator: AsyncIteratorProtocol {
        fileprivate let upload: MultipartUpload
        private var handle: FileHandle?
        private var sent: Int64 = 0
        private var phase = Phase.head

        private enum Phase { case head, file, end }

        fileprivate init(upload: MultipartUpload) {
            self.upload = upload
        }

        mutating func next() async throws -> ByteBuffer? {
            switch phase {
            case .head:
                handle = try MultipartUpload.open(upload.path)
                phase = .file
                return ByteBuffer(string: upload.head)
            case .file:
                let piece: Data? = try handle?.read(upToCount: MultipartUpload.pieceSize)
                if let piece, !piece.isEmpty {
                    sent += Int64(piece.count)
                    guard sent <= upload.size else { throw changed }
                    return ByteBuffer(bytes: piece)
                }
                guard sent == upload.size else { throw changed }
                phase = .end
                return ByteBuffer(string: upload.tail)
            case .end:
                return nil
            }
        }

        private var changed: CommandFailure {
            CommandFailure("The file \(upload.path) changed while it was sent. Submit it again.", .noInput)
        }
    }

    private static func open(_ path: String) throws -> FileHandle {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandFailure("There is no file \(path).", .noInput)
        }
        guard !isFolder.boolValue else { throw CommandFailure("\(path) is a folder; name a file.", .noInput) }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure("The file \(path) cannot be read: permission denied.", .noInput)
        }
        return handle
    }
}
