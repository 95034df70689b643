import Foundation
import Model
import NIOCore
import NIOHTTP1
import Storage
import Testing

@testable import Web

@Suite("C2: live connections: who may open them, what goes over them, and the ways without a WebSocket")
struct LiveTests {
    /// A message of the server.
    private struct Message: Decodable {
        struct Content: Decodable {
            var id: String?
            var state: String?
            var message: String?
            var recovered: Bool?
            var seq: Int64?
            var epoch: String?
            var snapshot: JSONTree?
        }
        struct Refusal: Decodable {
            let type: String
            let status: Int
        }
        var type: String
        var id: String?
        var status: Int?
        var seq: Int64?
        var data: Content?
        var problem: Refusal?
    }

    private struct Messages: Decodable { let messages: [Message] }

    /// Opens a WebSocket, or returns the status of the refusal.
    private func opening(
        _ server: TestServer, _ fields: [(String, String)], query: String = "",
        _ body: @escaping @Sendable (RawClient) async throws -> Void = { _ in }
    ) async throws -> Int {
        let status = Signal<Int>()
        try await RawClient.with(server) { client in
            var lines = [
                "GET /api/v1/live\(query) HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            ]
            if !fields.contains(where: { $0.0 == "Host" }) { lines.append("Host: 127.0.0.1:\(server.port)") }
            lines += fields.map { "\($0): \($1)" }
            try await client.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
            let head = try await client.head()
            status.send(Int(head.split(separator: " ")[1]) ?? 0)
            if head.hasPrefix("HTTP/1.1 101 ") { try await body(client) }
        }
        return try await status.value(within: .seconds(10))
    }

    private static let bearer = ("Authorization", "Bearer \(TestServer.token)")

    private func next(_ client: RawClient) async throws -> Message {
        let frame = try await client.frame()
        guard frame.opcode == 1 else { throw TestFailure("a frame \(frame.opcode) with \(frame.closeCode ?? 0)") }
        return try JSONDecoder().decode(Message.self, from: Data(frame.text.utf8))
    }

    @Test("a job is started, followed and ended over one connection, each message answered once")
    func commands() async throws {
        try await TestServer.with { server in
            let status = try await opening(server, [Self.bearer]) { client in
                try await client.sendText(#"{"type":"job:start","id":"1","body":{"kind":"gate","input":{}}}"#)
                let started = try await next(client)
                #expect(started.id == "1" && started.status == 202)
                let id = try #require(started.data?.id)
                try await client.sendText(#"{"type":"subscribe","id":"2","stream":"job:\#(id)","epoch":"1","seq":0}"#)
                let subscribed = try await next(client)
                #expect(subscribed.id == "2" && subscribed.data?.recovered == true)
                var events: [Message] = []
                while events.last?.data?.message != "hello" {
                    if events.isEmpty { server.steering.say("hello", to: id) }
                    let event = try await next(client)
                    if event.seq != nil { events.append(event) }
                }
                try await client.sendText(#"{"type":"job:cancel","id":"3","job":"\#(id)"}"#)
                var answered = 0
                while events.last?.type != "job:complete" {
                    let message = try await next(client)
                    if message.type == "answer" { answered += message.id == "3" && message.status == 202 ? 1 : 9 }
                    if message.seq != nil { events.append(message) }
                }
                #expect(answered == 1)
                #expect(events.last?.data?.state == "canceled")
                #expect(events.map(\.seq) == Array(1...Int64(events.count)))
            }
            #expect(status == 101)
        }
    }

    @Test("a command is refused with the problem that its operation answers")
    func refusals() async throws {
        try await TestServer.with(worker: false) { server in
            let unknown = JobID()
            _ = try await opening(server, [Self.bearer]) { client in
                let cases: [(String, TestServer.Answer)] = [
                    (
                        #""job:cancel","id":"x","job":"\#(unknown)""#,
                        try await server.send(.POST, "/api/v1/jobs/\(unknown)/cancel")
                    ),
                    (
                        #""job:start","id":"x","body":{"kind":"nothing","input":{}}"#,
                        try await server.send(.POST, "/api/v1/jobs", json: #"{"kind":"nothing","input":{}}"#)
                    ),
                    (
                        #""job:start","id":"x","body":{"kind":"echo","input":{},"mystery":1}"#,
                        try await server.send(.POST, "/api/v1/jobs", json: #"{"kind":"echo","input":{},"mystery":1}"#)
                    ),
                ]
                for (message, answer) in cases {
                    try await client.sendText("{\"type\":\(message)}")
                    let refused = try await next(client)
                    #expect(refused.status == answer.status)
                    #expect(try refused.problem?.type == answer.string("type"))
                }
            }
        }
    }

    @Test("the same Idempotency-Key gives the same job, over either way")
    func idempotency() async throws {
        try await TestServer.with(worker: false) { server in
            let body = #"{"kind":"echo","input":{}}"#
            let id = try await server.send(.POST, "/api/v1/jobs", json: body, [("Idempotency-Key", "k")]).string("id")
            _ = try await opening(server, [Self.bearer]) { client in
                try await client.sendText(#"{"type":"job:start","id":"1","idempotency_key":"k","body":\#(body)}"#)
                #expect(try await next(client).data?.id == id)
            }
        }
    }

    @Test("a browser needs its session and our own origin, others a token; nobody else gets in")
    func whoMayListen() async throws {
        try await TestServer.with(worker: false) { server in
            let own = ("Origin", "http://127.0.0.1:\(server.port)")
            let cookie = ("Cookie", server.cookie)
            let cases: [([(String, String)], Int)] = [
                ([], 401), ([own], 401), ([cookie, own], 101), ([cookie], 101),
                ([cookie, ("Origin", "https://evil.example")], 403), ([cookie, ("Origin", "null")], 403),
                ([cookie, own, ("Host", "evil.example")], 403),
                ([Self.bearer], 101), ([Self.bearer, ("Origin", "https://app.example")], 101),
                ([("Authorization", "Bearer wrong")], 401), ([Self.bearer, ("X-Workspace", "\(WorkspaceID())")], 404),
            ]
            for (fields, expected) in cases {
                let status = try await opening(server, fields)
                #expect(status == expected, "\(fields)")
            }
        }
    }

    @Test("a ticket opens one connection and no second one, and no other token is taken from the address")
    func tickets() async throws {
        try await TestServer.with(worker: false) { server in
            let answer = try await server.send(.POST, "/api/v1/live/tickets")
            #expect(answer.status == 201)
            let query = "?ticket=\(try answer.string("ticket"))"
            let foreign = [("Origin", "https://app.example")]
            let first = try await opening(server, foreign, query: query) { client in
                try await client.sendText(#"{"type":"subscribe","id":"1","stream":"system"}"#)
                #expect(try await next(client).status == 200)
            }
            #expect(first == 101)
            let second = try await opening(server, foreign, query: query)
            #expect(second == 401)
            for name in ["ticket", "token", "access_token"] {
                let status = try await opening(server, [], query: "?\(name)=\(TestServer.token)")
                #expect(status == 401, "\(name)")
            }
            #expect(try await server.send(.POST, "/api/v1/live/tickets", as: .nobody).status == 401)
        }
    }

    @Test("what asks again and again gets the same messages, and goes on where it was")
    func polling() async throws {
        try await TestServer.with { server in
            let id = try await server.submit("gate")
            _ = try await server.wait(for: id, toBe: [.leased])
            let address = "/api/v1/live?stream=job:\(id)"
            func poll(_ after: String = "") async throws -> [Message] {
                let answer = try await server.send(.GET, address + after, [("Accept", "application/json")])
                #expect(answer.status == 200)
                return try JSONDecoder().decode(Messages.self, from: answer.body).messages
            }
            let first = try await poll()
            #expect(first.first?.data?.recovered == false && first.first?.data?.snapshot?["id"] == .string(id))
            let start = try #require(first.first?.data?.seq)
            server.steering.say("one", to: id)
            server.steering.say("end", to: id)
            let job = try await server.wait(for: id, toBe: [.succeeded])
            // What has happened is told as soon as the stream has read it, which may be after the answer about the job.
            var seen: [Int64] = []
            let deadline = ContinuousClock.now + .seconds(30)
            while seen.last != job.position, ContinuousClock.now < deadline {
                let more = try await poll("&after=1:\(seen.last ?? start)")
                #expect(more.first?.data?.recovered == true)
                seen += more.dropFirst().compactMap(\.seq)
            }
            #expect(seen == Array(start + 1...job.position))
            #expect(try await server.send(.GET, "/api/v1/live?stream=job:\(JobID())").status == 404)
            #expect(try await server.send(.GET, "/api/v1/live").status == 400)
            #expect(try await server.send(.GET, address + "&after=x").status == 400)
        }
    }

    @Test("the journal is read in pages by those who ask for JSON")
    func pages() async throws {
        try await TestServer.with { server in
            let id = try await server.submit("gate")
            for number in 0..<7 { server.steering.say("line \(number)", to: id) }
            server.steering.say("end", to: id)
            let job = try await server.wait(for: id, toBe: [.succeeded])
            var positions: [Int] = []
            var after = "0"
            while true {
                let answer = try await server.send(
                    .GET, "/api/v1/jobs/\(id)/events?after=\(after)&limit=3", [("Accept", "application/json")])
                positions += try answer.items().compactMap { $0["position"] as? Int }
                guard let next = try answer.json()["next"] as? String else { break }
                after = next
            }
            #expect(positions == Array(1...Int(job.position)))
        }
    }

    @Test("server-sent events carry the same messages with their positions, and resume from the last id")
    func serverSentEvents() async throws {
        try await TestServer.with { server in
            let id = try await server.submit("gate")
            server.steering.say("one", to: id)
            server.steering.say("end", to: id)
            let job = try await server.wait(for: id, toBe: [.succeeded])
            try await TestConnection.with(port: server.port) { connection in
                try await connection.send(
                    .GET, "/api/v1/live?stream=job:\(id)", server.headers(.token, [("Last-Event-ID", "1:1")]))
                try await connection.end()
                let head = try await connection.head()
                #expect(head.headers["content-type"] == ["text/event-stream"])
                #expect(head.headers["x-accel-buffering"] == ["no"])
                var text = ""
                while !text.contains("job:complete") {
                    guard case .body(let bytes) = try await connection.next() else { throw TestFailure("it ended") }
                    text += String(buffer: bytes)
                }
                let ids = text.matches(of: /(?m)^id: 1:([0-9]+)$/).compactMap { Int64($0.1) }
                #expect(ids == Array(1...job.position))
                #expect(text.hasPrefix("id: 1:1\nevent: answer\n"))
            }
        }
    }

    @Test("a server that stops asks its clients to come back later, and closes with 1012")
    func drains() async throws {
        try await TestServer.with({ $0.shutdownLimit = .seconds(60) }, worker: false) { server in
            _ = try await opening(server, [Self.bearer]) { client in
                try await client.sendText(#"{"type":"subscribe","id":"1","stream":"system"}"#)
                _ = try await next(client)
                await server.shutDown()
                #expect(try await next(client).type == "reconnect")
                let close = try await client.frame()
                #expect(close.opcode == 8 && close.closeCode == 1012)
                try await client.sendClose(1012)
            }
        }
    }
}
