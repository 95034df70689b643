import Endpoints
import HTTPTypes

/// Says no to people.
protocol RefusalPages: Sendable {
    /// A page about the refusal; for the unknown, the way to sign in.
    func refusal(_ problem: Problem, path: String, headers: HTTPFields, requestID: String) -> Reply
}
