import AsyncHTTPClient
import Conformance
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// Somebody who calls a running server: a browser with a cookie, or a program with a token, in a workspace.
struct Visitor: Sendable {
    /// Follows no redirect. Lasts as long as the process.
    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))

    let url: URL
    var cookie: String?
    var token: String?
    var workspace: String?

    init(at url: URL, cookie: String? = nil, token: String? = nil, workspace: String? = nil) {
        self.url = url
        self.cookie = cookie
        self.token = token
        self.workspace = workspace
    }

    /// The same one at another server, or in another workspace.
    func at(_ url: URL) -> Visitor { .init(at: url, cookie: cookie, token: token, workspace: workspace) }
    func `in`(_ workspace: String) -> Visitor { .init(at: url, cookie: cookie, token: token, workspace: workspace) }

    func send(_ method: String, _ path: String, _ json: String? = nil) async throws -> API.Reply {
        var headers: [String: String] = [:]
        if json != nil { headers["Content-Type"] = "application/json" }
        return try await send(method, path, headers: headers, body: json.map { Data($0.utf8) })
    }

    /// Begins to read something that does not end by itself.
    func open(_ path: String) async throws -> HTTPClientResponse {
        try await Self.client.execute(request("GET", path), timeout: .seconds(60))
    }

    func send(_ method: String, _ path: String, headers: [String: String], body: Data?) async throws -> API.Reply {
        var request = request(method, path)
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(data: body)) }
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        let content = try await response.body.collect(upTo: 16 << 20)
        return API.Reply(
            status: Int(response.status.code),
            headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first },
            body: Data(content.readableBytesView))
    }

    private func request(_ method: String, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url.absoluteString + path)
        request.method = .init(rawValue: method)
        if let cookie {
            request.headers.add(name: "Cookie", value: cookie)
            request.headers.add(name: "Sec-Fetch-Site", value: "same-origin")
        }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let workspace { request.headers.add(name: "X-Workspace", value: workspace) }
        return request
    }

    /// Signs in as a browser; the cookie's name and value.
    static func cookie(in reply: API.Reply) throws -> String {
        guard (200...201).contains(reply.status), let header = reply.headers["set-cookie"],
            let pair = header.split(separator: ";").first
        else { throw NeverHappened("\(reply.status) sets no cookie: \(String(decoding: reply.body, as: UTF8.self))") }
        return String(pair)
    }
}

extension API.Reply {
    /// One member of an answer that is an object.
    func text(_ name: String) throws -> String {
        guard let object = try JSONSerialization.jsonObject(with: body) as? [String: Any],
            let text = object[name] as? String
        else { throw NeverHappened("\(status) has no \(name): \(String(decoding: body, as: UTF8.self))") }
        return text
    }

    var all: String { String(decoding: body, as: UTF8.self) }
}

extension Installation {
    /// The token of the link for the first account, as the server wrote it down.
    func ownerToken() async throws -> String {
        let file = folder.appending(path: "data/owner-link")
        let link = try await eventually("the link for the first account is written") {
            try? String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        guard mode == 0o600,
            let token = URLComponents(string: link)?.queryItems?.first(where: { $0.name == "token" })?.value
        else { throw NeverHappened("\(link) is no link that only its owner can read.") }
        return token
    }

    /// The first account of a server, signed in as a browser.
    func owner(at url: URL) async throws -> Visitor {
        let reply = try await Visitor(at: url).send(
            "POST", "/api/v1/account/welcome",
            """
            {"token": "\(try await ownerToken())", "email": "owner@example.com", "name": "Owner",
             "password": "a long enough password"}
            """)
        return Visitor(at: url, cookie: try Visitor.cookie(in: reply))
    }
}
