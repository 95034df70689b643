import Foundation
import NIOCore
import Model
import NIOHTTP1

@testable import Web

extension TestServer {
    /// How a request shows who sends it.
    enum Caller {
        case nobody, token
        /// A signed-in browser on our own page.
        case browser
    }

    /// An answer that was read to its end.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: Data

        var text: String { String(decoding: body, as: UTF8.self) }

        /// The body as a JSON object.
        func json() throws -> [String: Any] {
            guard let object = try JSONSerialization.jsonObject(with: body) as? [String: Any] else {
                throw TestFailure("no object: \(text)")
            }
            return object
        }

        /// A member of the body that is a string.
        func string(_ name: String) throws -> String {
            guard let value = try json()[name] as? String else { throw TestFailure("no '\(name)' in \(text)") }
            return value
        }

        /// The members named `items`.
        func items() throws -> [[String: Any]] { try json()["items"] as? [[String: Any]] ?? [] }
    }

    /// The headers of a caller, with the `Host` header first.
    func headers(_ caller: Caller, _ more: [(String, String)] = []) -> HTTPHeaders {
        var headers = HTTPHeaders(more)
        if !headers.contains(name: "host") { headers.add(name: "Host", value: "127.0.0.1:\(port)") }
        switch caller {
        case .nobody: break
        case .token: headers.add(name: "Authorization", value: "Bearer \(Self.token)")
        case .browser:
            headers.add(name: "Cookie", value: cookie)
            headers.add(name: "Sec-Fetch-Site", value: "same-origin")
        }
        return headers
    }

    /// One request on a connection of its own.
    func send(
        _ method: HTTPMethod, _ target: String, as caller: Caller = .token, _ more: [(String, String)] = [],
        body: String? = nil
    ) async throws -> Answer {
        try await TestConnection.with(port: port) { connection in
            var headers = headers(caller, more)
            if let body, !headers.contains(name: "transfer-encoding") {
                headers.replaceOrAdd(name: "Content-Length", value: String(body.utf8.count))
            }
            try await connection.send(method, target, headers)
            if let body { try await connection.send(body) }
            try await connection.end()
            let head = try await connection.head()
            return Answer(status: Int(head.status.code), headers: head.headers, body: try await connection.body())
        }
    }

    /// One request with a JSON body.
    func send(_ method: HTTPMethod, _ target: String, json: String, _ more: [(String, String)] = []) async throws
        -> Answer
    {
        try await send(method, target, [("Content-Type", "application/json")] + more, body: json)
    }

    /// One request with a form.
    func send(
        _ target: String, form: TestForm, as caller: Caller = .token, _ more: [(String, String)] = []
    ) async throws -> Answer {
        try await send(.POST, target, as: caller, [("Content-Type", form.contentType)] + more, body: form.text)
    }

    /// Submits a job of the kind and returns its id.
    func submit(_ kind: String, _ input: String = "{}") async throws -> String {
        let answer = try await send(.POST, "/api/v1/jobs", json: #"{"kind":"\#(kind)","input":\#(input)}"#)
        guard answer.status == 202 else { throw TestFailure("\(answer.status): \(answer.text)") }
        return try answer.string("id")
    }

    /// Uploads a file for a job of the kind `copy` and waits for its end.
    func copied(_ content: String, name: String = "talk.wav") async throws -> String {
        let answer = try await send("/api/v1/jobs", form: TestForm(fields: ["kind": "copy"], files: [(name, content)]))
        guard answer.status == 202 else { throw TestFailure("\(answer.status): \(answer.text)") }
        let id = try answer.string("id")
        _ = try await wait(for: id, toBe: [.succeeded])
        return id
    }
}

/// A `multipart/form-data` body.
struct TestForm: Sendable {
    var boundary = "----suisha-tests"
    var fields: [String: String] = [:]
    var files: [(String, String)] = []
    var part = "file"

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    var text: String {
        var text = ""
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            text += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
        }
        for (name, content) in files {
            text += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(part)\"; filename=\"\(name)\"\r\n"
            text += "Content-Type: audio/wav\r\n\r\n\(content)\r\n"
        }
        return text + "--\(boundary)--\r\n"
    }
}
