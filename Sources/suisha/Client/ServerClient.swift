import AsyncHTTPClient
import Foundation
import Model
import NIOCore
import NIOHTTP1

/// Calls a server's API, the one that everybody else calls too.
struct ServerClient: Sendable {
    let server: URL
    private let credential: Credential
    /// The workspace that its calls act in; nil leaves it to the server.
    let currentWorkspace: String?
    private let http: HTTPClient

    /// How long a call may take that carries no file.
    static let callLimit: TimeAmount = .seconds(60)
    /// A connection on which nothing comes for so long is dead; event streams say something more often.
    private static let silenceLimit: TimeAmount = .seconds(60)

    /// Lends a client and closes its connections afterwards.
    ///
    /// - Parameter token: nil where no token is known; the server then says what is missing.
    static func with<Value>(
        _ server: URL, token: Secret?, _ body: (ServerClient) async throws -> Value
    ) async throws -> Value {
        try await with(server, as: token.map(Credential.secret) ?? .unknown, body)
    }

    /// Lends a client and closes its connections afterwards.
    ///
    /// - Parameter workspace: the id of the workspace to act in; nil leaves it to the server.
    static func with<Value>(
        _ server: URL, as credential: Credential, in workspace: String? = nil,
        _ body: (ServerClient) async throws -> Value
    ) async throws -> Value {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10), read: silenceLimit))
        // A server that refuses the connection is not there; saying so at once helps more than trying again.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.httpVersion = .http1Only
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let client = ServerClient(server: server, credential: credential, currentWorkspace: workspace, http: http)
            let value = try await body(client)
            try await http.shutdown()
            return value
        } catch {
            // What the caller did matters; connections that do not close well do not.
            try? await http.shutdown()
            throw error
        }
    }

    /// The same client in another workspace, or in the one that the server chooses.
    func `in`(_ workspace: String?) -> ServerClient {
        ServerClient(server: server, credential: credential, currentWorkspace: workspace, http: http)
    }

    /// The same client with another credential.
    func `as`(_ credential: Credential) -> ServerClient {
        ServerClient(server: server, credential: credential, currentWorkspace: currentWorkspace, http: http)
    }

    /// Sends a request and returns the answer once its head is there.
    ///
    /// - Parameter deadline: when the whole answer must be there.
    /// - Throws: ``CommandFailure`` when there is no answer, or a refusal.
    func send(
        _ method: HTTPMethod, _ path: String, query: [String: String] = [:], headers: [(String, String)] = [],
        body: HTTPClientRequest.Body? = nil, deadline: NIODeadline
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address(path, query))
        request.method = method
        request.headers = HTTPHeaders(headers)
        request.headers.add(name: "User-Agent", value: "suisha/\(Version.current)")
        if let token = try await token() {
            request.headers.add(name: "Authorization", value: "Bearer \(token.revealed)")
        }
        if let currentWorkspace { request.headers.add(name: "X-Workspace", value: currentWorkspace) }
        request.body = body
        let response: HTTPClientResponse
        do {
            response = try await http.execute(request, deadline: deadline)
        } catch {
            throw ServerFailure.noAnswer(from: server, error)
        }
        guard (200..<300).contains(response.status.code) || response.status == .notModified else {
            throw try await ServerFailure.refusal(of: response, server: server, credential)
        }
        return response
    }

    /// Sends a request and returns the whole body of the answer.
    func call(
        _ method: HTTPMethod, _ path: String, query: [String: String] = [:], headers: [(String, String)] = [],
        body: HTTPClientRequest.Body? = nil, deadline: NIODeadline? = nil
    ) async throws -> Data {
        let response = try await send(
            method, path, query: query, headers: headers, body: body, deadline: deadline ?? .now() + Self.callLimit)
        do {
            return Data(try await response.body.collect(upTo: 64 << 20).readableBytesView)
        } catch {
            throw ServerFailure.noAnswer(from: server, error)
        }
    }

    /// Hands on the pieces of an answer's body as they come. What `take` throws is passed on as it is.
    func read(_ response: HTTPClientResponse, _ take: (ByteBuffer) async throws -> Void) async throws {
        var refusal: (any Error)?
        do {
            for try await piece in response.body {
                do {
                    try await take(piece)
                } catch {
                    refusal = error
                    throw error
                }
            }
        } catch {
            throw refusal ?? ServerFailure.noAnswer(from: server, error)
        }
    }

    private func token() async throws -> Secret? {
        switch credential {
        case .unknown, .signIn: nil
        case .secret(let secret): secret
        case .session(let renewal): try await renewal.accessToken(from: self.as(.signIn).in(nil))
        }
    }

    private func address(_ path: String, _ query: [String: String]) -> String {
        var components = URLComponents()
        components.queryItems = query.sorted { $0.key < $1.key }.map { URLQueryItem(name: $0.key, value: $0.value) }
        let question = query.isEmpty ? "" : "?" + (components.percentEncodedQuery ?? "").replacing("+", with: "%2B")
        let root = server.absoluteString
        return (root.hasSuffix("/") ? String(root.dropLast()) : root) + path + question
    }
}

extension String {
    /// The text as one part of a URL's path.
    var pathComponent: String {
        addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-._~"))) ?? self
    }
}
