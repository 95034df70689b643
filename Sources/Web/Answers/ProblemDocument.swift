import Endpoints
import Foundation
import HTTPTypes
import NIOCore
import Storage
import Tenancy

/// The body of a refusal: `application/problem+json` of RFC 9457.
struct ProblemDocument: Encodable {
    let type: String
    let title: String
    let status: Int
    let detail: String
    /// The id of the request.
    let instance: String
    let field: String?

    init(_ problem: Problem, requestID: String) {
        type = "urn:suisha:problem:\(problem.kind.name)"
        title = problem.kind.title
        status = problem.kind.status
        detail = problem.detail
        instance = requestID
        field = problem.field
    }
}

extension Reply {
    /// The answer to a refused request.
    init(_ problem: Problem, requestID: String) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A struct of strings and a number always encodes.
        let data = (try? encoder.encode(ProblemDocument(problem, requestID: requestID))) ?? Data("{}".utf8)
        self.init(status: .init(code: problem.kind.status), body: .data(ByteBuffer(bytes: data)))
        headers[.contentType] = "application/problem+json"
        headers[.cacheControl] = "no-store"
        headers.add(problem)
    }
}

extension HTTPFields {
    /// Adds what HTTP wants beside the document.
    mutating func add(_ problem: Problem) {
        if problem.kind == .unauthenticated { self[.wwwAuthenticate] = #"Bearer realm="suisha""# }
        if let wait = problem.retryAfter { self[.retryAfter] = String(Swift.max(1, wait.components.seconds)) }
    }
}

extension Problem {
    /// Any error as what the caller may know of it: the one place where failures become HTTP.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let refusal as RateRefusal: self = refusal.problem
        case let error as StorageError: self = error.underlying as? Problem ?? Problem(error)
        default:
            self.init(
                .internalError, "Something failed that should not. The server's log says more under this request id.")
        }
    }

    private init(_ error: StorageError) {
        switch error.code {
        case .notFound: self.init(.notFound, error.message)
        case .conflict: self.init(.conflict, error.message)
        case .fenced: self.init(.fenced, error.message)
        case .tooLarge: self.init(.tooLarge, error.message)
        case .limited: self.init(.unavailable, error.message, retryAfter: .seconds(30))
        case .full: self.init(.diskFull, error.message, retryAfter: .seconds(60))
        case .readOnly: self.init(.unavailable, error.message, retryAfter: .seconds(60))
        case .busy: self.init(.unavailable, error.message, retryAfter: .seconds(1))
        case .unavailable: self.init(.unavailable, error.message, retryAfter: .seconds(5))
        default:
            self.init(
                .internalError, "The store failed (\(error.code)). The server's log says more under this request id.")
        }
    }
}
