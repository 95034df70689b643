import Endpoints
import Foundation
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import Storage

/// Reads the body of a request in one of the forms that its endpoint accepts.
struct RequestBodies: Sendable {
    let settings: WebSettings
    let objects: any ObjectStore
    let strict: StrictJSON

    /// - Parameter workspace: whose files those in a form are.
    /// - Throws: `Problem` when the body has another type, is too long, too slow or broken.
    func read(
        _ request: Request, for endpoint: Endpoint, in workspace: WorkspaceID
    ) async throws -> EndpointRequest.RequestBody {
        guard !endpoint.accepts.isEmpty else {
            try await discard(request)
            return .none
        }
        // Clients also announce a body that then turns out to be empty.
        if endpoint.bodyIsOptional, request.headers[.contentType] == nil, try await discard(request) == 0 {
            return .none
        }
        let type = HeaderValue(request.headers[.contentType] ?? "")
        for form in endpoint.accepts {
            switch (form, type.value.lowercased()) {
            case (.json(let schema), "application/json"):
                let data = try await json(request)
                try strict.check(data, against: schema)
                return .json(data)
            case (.multipart(let schema), "multipart/form-data"):
                let boundary = type.parameters["boundary"]
                return .form(try await multipart(request, boundary: boundary, schema, in: workspace))
            default: continue
            }
        }
        let accepted = endpoint.accepts.map(\.contentType).joined(separator: " or ")
        throw Problem(.unsupportedMedia, "Send the body as \(accepted), and say so in the Content-Type header.")
    }

    /// Refuses compressed bodies before a byte of them is read: a few bytes can stand for gigabytes, and what is measured
    /// here is what comes over the line.
    ///
    /// - Throws: `Problem`.
    static func checkCoding(of request: Request) throws {
        guard request.mayHaveBody else { return }
        let codings = request.headers[values: .contentEncoding].flatMap { $0.split(separator: ",") }
            .map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
        guard let coding = codings.first(where: { $0 != "identity" }) else { return }
        throw Problem(
            .unsupportedMedia,
            "Compressed bodies are not taken: send it as it is, without 'Content-Encoding: \(coding.prefix(50))'.",
            field: "Content-Encoding")
    }

    /// Reads what nobody asked for, within the bounds of a small body, so that the connection can be used again.
    ///
    /// - Returns: how many bytes there were.
    @discardableResult
    private func discard(_ request: Request) async throws -> Int {
        guard request.mayHaveBody else { return 0 }
        try checkLength(request, limit: settings.jsonLimit)
        var pace = BodyPace(limit: settings.jsonLimit, settings: settings, now: .now)
        var count = 0
        for try await bytes in request.body {
            try pace.count(bytes.readableBytes, now: .now)
            count += bytes.readableBytes
        }
        return count
    }

    private func json(_ request: Request) async throws -> Data {
        try checkLength(request, limit: settings.jsonLimit)
        var pace = BodyPace(limit: settings.jsonLimit, settings: settings, now: .now)
        var data = Data()
        for try await bytes in request.body {
            try pace.count(bytes.readableBytes, now: .now)
            data.append(contentsOf: bytes.readableBytesView)
        }
        guard !data.isEmpty else { throw Problem(.invalidRequest, "The body is empty; send a JSON object.") }
        return data
    }

    private func multipart(
        _ request: Request, boundary: String?, _ schema: Schema, in workspace: WorkspaceID
    ) async throws -> EndpointRequest.Form {
        guard let boundary else {
            throw Problem(.invalidRequest, "The Content-Type names no boundary; let your HTTP client set this header.")
        }
        // Room for the delimiters, headers and text fields around the files.
        let limit = ByteCount(settings.uploadLimit.bytes + settings.jsonLimit.bytes)
        try checkLength(request, limit: limit)
        let reader = try FormReader(
            boundary: boundary, body: request.body, pace: BodyPace(limit: limit, settings: settings, now: .now),
            filesAllowed: schema.holdsFiles, objects: objects, workspace: workspace)
        return try await reader.read()
    }

    private func checkLength(_ request: Request, limit: ByteCount) throws {
        guard let text = request.headers[.contentLength] else { return }
        guard let length = Int64(text), length <= limit.bytes else { throw BodyPace.tooLong(limit) }
    }
}

extension Schema {
    /// Whether a part of the form is a file.
    fileprivate var holdsFiles: Bool {
        guard case .object(let properties) = self else { return self == .any }
        return properties.contains { $0.schema == .file || $0.schema.isArrayOfFiles }
    }

    private var isArrayOfFiles: Bool {
        if case .array(.file, _, _) = self { true } else { false }
    }
}
