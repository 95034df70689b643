import AsyncHTTPClient
import Foundation
import Model
import NIOCore

/// What `submit` sends: a recording as an upload, anything else as JSON.
struct Submission: Sendable {
    /// The kind of job, which is also the last part of the operation's path.
    let kind: String
    let idempotencyKey: String?
    private let content: Content

    private enum Content: Sendable {
        case json(Data)
        case upload(MultipartUpload)
    }

    /// Decides by the name: a URL is fetched by the server, `.txt` and `.md` are texts, `.json` is a request as it stands, `-`
    /// is a text on standard input, and every other file is uploaded.
    ///
    /// - Parameter options: further fields, such as `language`.
    /// - Throws: ``CommandFailure`` when the file cannot be read.
    init(
        kind: String, input: String, options: [String: String], idempotencyKey: String?,
        standardInput: () throws -> Data? = { try FileHandle.standardInput.readToEnd() }
    ) throws {
        self.kind = kind
        self.idempotencyKey = idempotencyKey
        if input.hasPrefix("http://") || input.hasPrefix("https://") {
            content = .json(try Self.document(options.merging(["url": input]) { $1 }))
        } else if input == "-" {
            let text = String(decoding: try standardInput() ?? Data(), as: UTF8.self)
            content = .json(try Self.document(options.merging(["text": text]) { $1 }))
        } else {
            switch URL(filePath: input).pathExtension.lowercased() {
            case "txt", "md":
                let text = String(decoding: try Self.read(input), as: UTF8.self)
                content = .json(try Self.document(options.merging(["text": text]) { $1 }))
            case "json":
                content = .json(try Self.read(input))
            default:
                content = .upload(try MultipartUpload(path: input, fields: options))
            }
        }
    }

    /// The header fields of the request.
    var headers: [(String, String)] {
        let type: String =
            switch content {
            case .json: "application/json"
            case .upload(let upload): upload.contentType
            }
        return [("Content-Type", type)] + (idempotencyKey.map { [("Idempotency-Key", $0)] } ?? [])
    }

    /// The body of the request; files are read while they are sent.
    func requestBody() throws -> HTTPClientRequest.Body {
        switch content {
        case .json(let data): .bytes(ByteBuffer(bytes: data))
        case .upload(let upload): .stream(upload, length: .known(upload.length))
        }
    }

    /// `temperature` is the one option that is a number.
    private static func document(_ fields: [String: String]) throws -> Data {
        var tree: [String: JSONText] = [:]
        for (name, value) in fields {
            let number = name == "temperature" ? Double(value) : nil
            tree[name] = try number.map { try JSONText(encoding: $0) } ?? JSONText(encoding: value)
        }
        return Data(try JSONText(encoding: tree).text.utf8)
    }

    private static func read(_ path: String) throws -> Data {
        do {
            return try Data(contentsOf: URL(filePath: path))
        } catch {
            throw CommandFailure("The file \(path) cannot be read: \(error.reason).", .noInput)
        }
    }
}
