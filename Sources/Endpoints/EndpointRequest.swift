package import Foundation
package import Model

/// One authenticated call, as a handler sees it.
package struct EndpointRequest: Sendable {
    package let principal: Principal
    /// Also in the answer's `X-Request-Id` header and in every log line.
    package let requestID: String
    /// The ``Endpoint/id`` of what is called.
    package let operation: String
    /// Signs positions in lists; nil only where a test calls a handler that has none.
    let cursors: Cursors?
    /// Parameters of the path, percent-decoded.
    package let path: [String: String]
    /// Parameters of the query, percent-decoded; the last of several with the same name.
    package let query: [String: String]
    /// Header fields with lower-case names.
    package let headers: [String: String]
    package let body: RequestBody
    /// The network address of the caller, as far as proxies of ours say; empty where nobody knows.
    package let client: String
    /// Whether somebody has taken care of the uploaded files.
    package let custody: UploadCustody = UploadCustody()
    /// What the call has done so far, for the audit log.
    package let deeds: CallDeeds = CallDeeds()
    /// Whether the caller is still there, for endpoints that wait.
    package let presence: CallerPresence = CallerPresence()

    package init(
        principal: Principal, requestID: String, operation: String = "", cursors: Cursors? = nil,
        path: [String: String] = [:], query: [String: String] = [:], headers: [String: String] = [:],
        body: RequestBody = .none, client: String = ""
    ) {
        self.principal = principal
        self.requestID = requestID
        self.operation = operation
        self.cursors = cursors
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.client = client
    }

    /// The `Idempotency-Key` header.
    package var idempotencyKey: String? { headers["idempotency-key"] }

    /// What came with the request.
    package enum RequestBody: Sendable {
        case none
        case json(Data)
        case form(Form)
    }

    /// A multipart form after its files have been stored.
    package struct Form: Sendable {
        /// Text parts; the last of several with the same name.
        package let fields: [String: String]
        package let files: [UploadedFile]

        package init(fields: [String: String], files: [UploadedFile]) {
            self.fields = fields
            self.files = files
        }
    }

    /// A file part that now lies in the object store.
    package struct UploadedFile: Hashable, Sendable {
        /// The name of the part.
        package let part: String
        /// What the sender calls the file; only for people, never a path.
        package let fileName: String
        package let contentType: String
        /// Its key in the object store.
        package let object: String
        package let size: Int64
        package let sha256: String

        package init(
            part: String, fileName: String, contentType: String, object: String, size: Int64, sha256: String
        ) {
            self.part = part
            self.fileName = fileName
            self.contentType = contentType
            self.object = object
            self.size = size
            self.sha256 = sha256
        }
    }

    /// Reads the JSON body as `Value`.
    ///
    /// - Throws: ``Problem`` that names the field that is missing or wrong.
    package func json<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        guard case .json(let data) = body else {
            throw Problem(.unsupportedMedia, "Send a JSON object with the header Content-Type: application/json.")
        }
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw Problem(.invalidRequest, error.sentence, field: error.field)
        }
    }
}

extension DecodingError {
    private var context: Context? {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context
        @unknown default: nil
        }
    }

    /// The dotted path of the member that could not be read.
    package var field: String? {
        var path = context?.codingPath ?? []
        if case .keyNotFound(let key, _) = self { path.append(key) }
        return path.isEmpty ? nil : path.dotted
    }

    /// What is wrong, for the person who wrote the document.
    package var sentence: String {
        switch self {
        case .keyNotFound: "The field '\(field ?? "?")' is missing."
        case .typeMismatch(let type, _): "The field '\(field ?? "body")' must be \(Self.name(of: type))."
        case .valueNotFound: "The field '\(field ?? "body")' must not be null."
        case .dataCorrupted(let context):
            field.map { "The field '\($0)' is not valid: \(context.debugDescription)" }
                ?? "The body is not valid JSON: \(context.debugDescription)"
        @unknown default: "The body is not valid."
        }
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Int.Type, is Int64.Type: "an integer"
        case is Double.Type: "a number"
        case is Bool.Type: "true or false"
        default: "\(type)".hasPrefix("Array") ? "an array" : "an object"
        }
    }
}
