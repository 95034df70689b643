import Crypto
import Endpoints
import Foundation
import HummingbirdCore
import Metrics
import Model
import NIOCore
import Storage

/// Reads a multipart form: files go into the object store while they arrive, text stays here.
///
/// An actor because the object store reads the content of a part from a task of its own choosing. Only one of ``read()`` and
/// the store reads at a time.
actor FormReader {
    private let objects: any ObjectStore
    private let workspace: WorkspaceID
    private let filesAllowed: Bool
    private var parser: MultipartParser
    private var body: RequestBody.AsyncIterator
    private var pace: BodyPace
    private var fields: [String: String] = [:]
    private var fieldBytes = 0
    private var files: [EndpointRequest.UploadedFile] = []
    private var hash = SHA256()
    private var size: Int64 = 0

    /// The most bytes of all text fields together.
    private static let maximumFields = 1 << 20

    init(
        boundary: String, body: RequestBody, pace: BodyPace, filesAllowed: Bool, objects: any ObjectStore,
        workspace: WorkspaceID
    ) throws {
        do {
            parser = try MultipartParser(boundary: boundary)
        } catch let error as MultipartParser.Malformed {
            throw Problem(.invalidRequest, error.description)
        }
        self.body = body.makeAsyncIterator()
        self.pace = pace
        self.filesAllowed = filesAllowed
        self.objects = objects
        self.workspace = workspace
    }

    /// Reads to the end. When anything is wrong, the files stored so far are removed.
    func read() async throws -> EndpointRequest.Form {
        do {
            while let event = try await nextEvent() {
                switch event {
                case .part(let header):
                    guard header.name.wholeMatch(of: /[A-Za-z0-9_.\[\]-]{1,100}/) != nil else {
                        throw Problem(
                            .invalidRequest,
                            "A field of a form is named with up to 100 letters, digits and the signs _ . - [ ].")
                    }
                    if let fileName = header.fileName {
                        try await store(header, fileName: fileName)
                    } else {
                        try await readField(header.name)
                    }
                case .finished:
                    try await drain()
                    return .init(fields: fields, files: files)
                case .content, .endOfPart:
                    throw Problem(.invalidRequest, "The form is not valid multipart/form-data.")
                }
            }
            try parser.checkEnd()
            return .init(fields: fields, files: files)
        } catch {
            await Self.remove(files, from: objects)
            if let malformed = error as? MultipartParser.Malformed {
                throw Problem(.invalidRequest, malformed.description)
            }
            throw error
        }
    }

    /// Removes uploads that nothing will refer to.
    static func remove(_ files: [EndpointRequest.UploadedFile], from objects: any ObjectStore) async {
        for file in files { try? await objects.delete(file.object) }
    }

    private func nextEvent() async throws -> MultipartParser.Event? {
        while true {
            if let event = try parser.next() { return event }
            guard let bytes = try await nextBytes() else {
                try parser.checkEnd()
                return nil
            }
            parser.add(bytes)
        }
    }

    private func nextBytes() async throws -> ByteBuffer? {
        // A copy, because the actor may not be entered while its own property is being changed across a wait.
        var iterator = body
        let bytes = try await iterator.next(isolation: self)
        body = iterator
        if let bytes { try pace.count(bytes.readableBytes, now: .now) }
        return bytes
    }

    /// Bytes after the final delimiter mean nothing, but must be read before the answer.
    private func drain() async throws {
        while try await nextBytes() != nil {}
    }

    private func readField(_ name: String) async throws {
        var value = ByteBuffer()
        while case .content(let bytes)? = try await nextEvent() {
            fieldBytes += bytes.readableBytes
            guard fieldBytes <= Self.maximumFields else {
                throw Problem(.tooLarge, "The text fields are over 1 MiB; send large content as a file.", field: name)
            }
            value.writeImmutableBuffer(bytes)
        }
        guard let text = String(validating: value.readableBytesView, as: UTF8.self) else {
            throw Problem(.invalidRequest, "The field '\(name)' is not valid UTF-8.", field: name)
        }
        guard !text.utf8.contains(0) else {
            throw Problem(.unprocessable, "The field '\(name)' holds the character U+0000.", field: name)
        }
        fields[name] = text
    }

    private func store(_ header: MultipartHeader, fileName: String) async throws {
        hash = SHA256()
        size = 0
        guard filesAllowed else {
            throw Problem(.invalidRequest, "This form takes no files.", field: header.name)
        }
        guard let first = try await nextContent() else {
            if fileName.isEmpty { return }
            throw Problem(.unprocessable, "The file '\(fileName)' is empty.", field: header.name)
        }
        let key = WorkspaceKey.upload(in: workspace)
        let content = PartContent(first: first, reader: self)
        _ = try await objects.put(key, content, contentType: header.contentType, limit: .max, onlyIfAbsent: true)
        Counter(label: MetricNames.uploaded).increment(by: size)
        files.append(
            .init(
                part: header.name, fileName: fileName.isEmpty ? "file" : fileName, contentType: header.contentType,
                object: key, size: size, sha256: hash.finalize().map { String(format: "%02x", $0) }.joined()))
    }

    /// The next bytes of the current part, or nil at its end.
    fileprivate func nextContent() async throws -> ByteBuffer? {
        guard case .content(let bytes)? = try await nextEvent() else { return nil }
        bytes.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        size += Int64(bytes.readableBytes)
        return bytes
    }
}

/// The content of one file part, read once.
private struct PartContent: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let first: ByteBuffer
    let reader: FormReader

    func makeAsyncIterator() -> Iterator { Iterator(first: first, reader: reader) }

    struct Iterator: AsyncIteratorProtocol {
        var first: ByteBuffer?
        let reader: FormReader

        mutating func next() async throws -> ByteBuffer? {
            if let first {
                self.first = nil
                return first
            }
            return try await reader.nextContent()
        }
    }
}
