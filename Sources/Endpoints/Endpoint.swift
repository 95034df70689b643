package import Model

/// One operation of the API, declared once: the route, the permission check, the rate limit, the audit entry and OpenAPI all
/// come from it.
package struct Endpoint: Sendable {
    /// OpenAPI's `operationId`, also the name in metrics: `createTranscription`.
    package let id: String
    package let method: Method
    /// With parameters in braces: `/api/v1/jobs/{id}`.
    package let path: String
    /// One line for lists.
    package let summary: String
    /// Markdown for the reference page.
    package let description: String
    package let access: Access
    package let rateClass: RateClass
    /// What the `Idempotency-Key` header does.
    package let idempotency: Idempotency
    /// What the audit log tells of a successful call; nil only for what reads. A server does not start with an operation that
    /// could change something and does not say.
    package let audit: Audit?
    /// Whether it may wait for long; then ``EndpointRequest/presence`` tells when the caller goes away.
    package let waits: Bool
    package let parameters: [Parameter]
    package let accepts: [RequestForm]
    /// Whether a request without a body is one too.
    package let bodyIsOptional: Bool
    package let answers: [Answer]
    /// The problems that callers should expect beside those every endpoint has.
    package let problems: [ProblemKind]
    /// Does the work. Throws ``Problem`` for what the caller can mend.
    package let handle: @Sendable (EndpointRequest) async throws -> EndpointResponse

    package init(
        _ method: Method, _ path: String, id: String, summary: String, description: String = "",
        access: Access, rateClass: RateClass? = nil, idempotency: Idempotency? = nil, audit: Audit? = nil,
        waits: Bool = false, parameters: [Parameter] = [], accepts: [RequestForm] = [], bodyIsOptional: Bool = false,
        answers: [Answer],
        problems: [ProblemKind] = [],
        handle: @escaping @Sendable (EndpointRequest) async throws -> EndpointResponse
    ) {
        self.method = method
        self.path = path
        self.id = id
        self.summary = summary
        self.description = description
        self.access = access
        self.rateClass = rateClass ?? (method == .get ? .read : .standard)
        self.idempotency = idempotency ?? (method == .post && access != .open ? .kept : .unused)
        self.audit = audit
        self.waits = waits
        self.parameters = parameters
        self.accepts = accepts
        self.bodyIsOptional = bodyIsOptional
        self.answers = answers
        self.problems = problems
        self.handle = handle
    }

    /// The HTTP method.
    package enum Method: String, Hashable, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    /// Who may call.
    package enum Access: Hashable, Sendable {
        /// Everybody, also without signing in. Written out, never a default.
        case open
        case needs(Permission)
    }

    /// What the `Idempotency-Key` header does.
    package enum Idempotency: Hashable, Sendable {
        /// The first answer is kept for a day and given again; the same key with another content is refused. Every POST by
        /// somebody who is known.
        case kept
        /// The operation remembers keys itself, together with what it makes.
        case own
        /// Nothing: the operation may be repeated as it is, or nobody knows who calls.
        case unused
    }

    /// One parameter of the path, the query or the headers.
    package struct Parameter: Hashable, Sendable {
        /// Where it stands.
        package enum Place: String, Hashable, Sendable { case path, query, header }
        package let place: Place
        package let name: String
        package let schema: Schema
        package let required: Bool
        package let description: String

        package init(
            _ place: Place, _ name: String, _ schema: Schema, required: Bool? = nil, _ description: String
        ) {
            self.place = place
            self.name = name
            self.schema = schema
            self.required = required ?? (place == .path)
            self.description = description
        }
    }

    /// One form in which a request body may come.
    package enum RequestForm: Hashable, Sendable {
        case json(Schema)
        /// `multipart/form-data`; parts whose schema is `.file` (or an array of it) are streamed into the object store
        /// while they arrive.
        case multipart(Schema)

        /// JSON that is read as a value of the type, which describes it.
        package static func body(_ type: (some Decodable).Type) -> RequestForm { .json(Schema(of: type)) }
    }

    /// One successful answer.
    package struct Answer: Hashable, Sendable {
        package let status: Int
        package let description: String
        /// Content types with their schemas; empty for an answer without a body.
        package let content: [Content]

        /// One content type.
        package struct Content: Hashable, Sendable {
            package let type: String
            package let schema: Schema

            package init(_ type: String, _ schema: Schema) {
                self.type = type
                self.schema = schema
            }
        }

        package init(_ status: Int, _ description: String, _ content: [Content] = []) {
            self.status = status
            self.description = description
            self.content = content
        }

        /// An answer in JSON.
        package static func json(_ status: Int, _ description: String, _ schema: Schema) -> Answer {
            .init(status, description, [.init("application/json", schema)])
        }
    }
}
