/// A refusal that the caller can understand and mend: `application/problem+json` of RFC 9457.
package struct Problem: Error, Sendable, CustomStringConvertible {
    package let kind: ProblemKind
    /// One sentence about this very case: what is wrong and what to do.
    package let detail: String
    /// When trying again makes sense.
    package let retryAfter: Duration?
    /// The field, parameter or part that is wrong.
    package let field: String?

    package init(_ kind: ProblemKind, _ detail: String, field: String? = nil, retryAfter: Duration? = nil) {
        self.kind = kind
        self.detail = detail
        self.field = field
        self.retryAfter = retryAfter
    }

    package var description: String { detail }
}

/// A kind of refusal with its stable name and its HTTP status.
package struct ProblemKind: Hashable, Sendable {
    /// The last part of the problem's `type` URI: `not-found`.
    package let name: String
    package let status: Int
    package let title: String

    private init(_ name: String, _ status: Int, _ title: String) {
        self.name = name
        self.status = status
        self.title = title
    }

    package static let invalidRequest: ProblemKind = .init("invalid-request", 400, "The request is not valid")
    package static let unauthenticated: ProblemKind = .init("unauthenticated", 401, "A valid token is needed")
    package static let forbidden: ProblemKind = .init("forbidden", 403, "This is not allowed")
    package static let notFound: ProblemKind = .init("not-found", 404, "There is no such thing here")
    package static let methodNotAllowed: ProblemKind = .init("method-not-allowed", 405, "This method is not offered")
    package static let requestTimeout: ProblemKind = .init("request-timeout", 408, "The body came too slowly")
    package static let conflict: ProblemKind = .init("conflict", 409, "The request conflicts with what is there")
    package static let fenced: ProblemKind = .init("fenced", 409, "The job is another worker's by now")
    package static let keyInUse: ProblemKind = .init(
        "idempotency-key-in-use", 409, "The first request with this Idempotency-Key is under way")
    package static let lapsed: ProblemKind = .init("session-lapsed", 410, "The session has ended")
    package static let preconditionFailed: ProblemKind = .init(
        "precondition-failed", 412, "It was changed in the meantime")
    package static let quotaExceeded: ProblemKind = .init("quota-exceeded", 429, "A bound of the plan is reached")
    package static let tooLarge: ProblemKind = .init("too-large", 413, "The body is too large")
    package static let unsupportedMedia: ProblemKind = .init(
        "unsupported-media-type", 415, "The content type is not accepted here")
    package static let rangeNotSatisfiable: ProblemKind = .init(
        "range-not-satisfiable", 416, "The range lies outside the content")
    package static let unprocessable: ProblemKind = .init("unprocessable", 422, "The content cannot be used")
    package static let keyReused: ProblemKind = .init(
        "idempotency-key-reused", 422, "The Idempotency-Key belongs to another request")
    package static let upgradeRequired: ProblemKind = .init(
        "upgrade-required", 426, "This is offered over another protocol")
    package static let preconditionRequired: ProblemKind = .init(
        "precondition-required", 428, "The change must say which version it was made from")
    package static let tooMany: ProblemKind = .init("too-many-requests", 429, "Too many requests")
    package static let misdirected: ProblemKind = .init("misdirected", 421, "The server has another name")
    package static let internalError: ProblemKind = .init("internal-error", 500, "Something failed on this side")
    package static let unavailable: ProblemKind = .init("unavailable", 503, "The service is not ready")
    package static let diskFull: ProblemKind = .init("storage-full", 507, "The server has no room left")

    /// Every kind, for the reference.
    package static let all: [ProblemKind] = [
        .invalidRequest, .unauthenticated, .forbidden, .notFound, .methodNotAllowed, .requestTimeout, .conflict,
        .fenced, .keyInUse, .lapsed, .preconditionFailed, .tooLarge, .unsupportedMedia, .rangeNotSatisfiable,
        .misdirected, .unprocessable, .keyReused, .upgradeRequired, .preconditionRequired, .tooMany, .quotaExceeded,
        .internalError, .unavailable, .diskFull,
    ]
}
