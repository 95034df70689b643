import Foundation
import Model
import NIOCore
import NIOHTTP1
import Testing

@testable import Web

@Suite("Following a job live (C2: resume without loss)")
struct EventTests {
    /// One event as a reader sees it.
    struct Event: Equatable, Sendable {
        var id: String?
        var type = ""
        var data = ""
        var position: Int { id.flatMap { Int($0.split(separator: ":").last ?? "") } ?? 0 }
    }

    /// Reads a stream line by line.
    private actor Stream {
        private let connection: TestConnection
        private var text = ""
        private var hasEnded = false

        init(_ connection: TestConnection) { self.connection = connection }

        /// The next event or comment; nil at the end.
        func next() async throws -> Event? {
            while true {
                if let end = text.range(of: "\n\n") {
                    let block = text[..<end.lowerBound]
                    text = String(text[end.upperBound...])
                    return Self.event(String(block))
                }
                if hasEnded { return nil }
                switch try await connection.next() {
                case .body(let bytes): text += String(buffer: bytes)
                case .end, nil: hasEnded = true
                case .head: throw TestFailure("a second head")
                }
            }
        }

        /// The events up to the first that matches, that one included; `matches` nil reads to the end.
        func events(until matches: @Sendable (Event) -> Bool = { _ in false }) async throws -> [Event] {
            var events: [Event] = []
            while let event = try await next() {
                events.append(event)
                if matches(event) { return events }
            }
            return events
        }

        private static func event(_ block: String) -> Event {
            var event = Event()
            for line in block.split(separator: "\n") {
                if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                if line.hasPrefix("event: ") { event.type = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") { event.data += line.dropFirst(6) }
                if line.hasPrefix(":") { event.type = "comment" }
            }
            return event
        }
    }

    private func following<Value: Sendable>(
        _ id: String, on server: TestServer, _ headers: [(String, String)] = [], query: String = "",
        _ body: @escaping @Sendable (Stream) async throws -> Value
    ) async throws -> Value {
        try await TestConnection.with(port: server.port) { connection in
            try await connection.send(.GET, "/api/v1/jobs/\(id)/events\(query)", server.headers(.token, headers))
            try await connection.end()
            let head = try await connection.head()
            guard head.status.code == 200 else { throw TestFailure("status \(head.status.code)") }
            #expect(head.headers["content-type"] == ["text/event-stream"])
            return try await body(Stream(connection))
        }
    }

    @Test("everything that happens arrives in order, as it happens, and the stream ends with the job")
    func follows() async throws {
        try await TestServer.with { server in
            let id = try await server.submit("gate")
            try await following(id, on: server) { stream in
                _ = try await stream.events { $0.data.contains(#""stage":"wait""#) }
                server.steering.say("one", to: id)
                let first = try await stream.events { $0.type == "job:log" }
                #expect(first.last?.data.contains(#""message":"one""#) == true)
                server.steering.say("0.5", to: id)
                let progress = try await stream.events {
                    $0.type == "job:progress" && $0.id == nil && $0.data.contains("waiting")
                }
                #expect(progress.last?.data.contains(#""percent":"#) == true)
                server.steering.say("end", to: id)
                let rest = try await stream.events()
                #expect(rest.last(where: { $0.id != nil })?.type == "job:complete")
            }
            // Afterwards there is nothing left to follow: browsers stop reconnecting on 204.
            let position = try #require(try await server.send(.GET, "/api/v1/jobs/\(id)").json()["position"] as? Int)
            let over = try await server.send(.GET, "/api/v1/jobs/\(id)/events", [("Last-Event-ID", "1:\(position)")])
            #expect(over.status == 204)
        }
    }

    @Test("a reader that comes back gets exactly what it missed")
    func resumes() async throws {
        try await TestServer.with { server in
            let id = try await server.submit("gate")
            _ = try await server.wait(for: id, toBe: [.leased])
            let before = try await following(id, on: server) { stream in
                server.steering.say("one", to: id)
                return try await stream.events { $0.data.contains(#""message":"one""#) }
            }
            let last = try #require(before.last { $0.id != nil }?.id)
            server.steering.say("two", to: id)
            server.steering.say("end", to: id)
            _ = try await server.wait(for: id, toBe: [.succeeded])
            let after = try await following(id, on: server, [("Last-Event-ID", last)]) { try await $0.events() }
            let all = try await following(id, on: server) { try await $0.events() }
            let seen = (before + after).filter { $0.id != nil }
            #expect(seen == all.filter { $0.id != nil })
            #expect(seen.map(\.position) == Array(1...seen.count))
            // `after` does the same for those who cannot set headers.
            let same = try await following(id, on: server, query: "?after=\(last)") { try await $0.events() }
            #expect(same.map(\.id) == after.map(\.id))
        }
    }

    @Test("a long journal arrives without gaps")
    func longJournal() async throws {
        try await TestServer.with { server in
            let id = try await server.submit("gate")
            for number in 0..<450 { server.steering.say("line \(number)", to: id) }
            server.steering.say("end", to: id)
            let events = try await following(id, on: server) { try await $0.events() }.filter { $0.id != nil }
            #expect(events.map(\.position) == Array(1...events.count))
            #expect(events.count { $0.type == "job:log" } == 450)
        }
    }

    @Test("a stream with nothing to say shows that it lives")
    func heartbeat() async throws {
        try await TestServer.with({ $0.heartbeat = .milliseconds(20) }, worker: false) { server in
            let id = try await server.submit("echo")
            let events = try await following(id, on: server) { stream in
                try await stream.events { $0.type == "comment" }
            }
            #expect(events.last?.type == "comment")
        }
    }

    @Test("a position that is no number is refused", arguments: ["x", "1:2:3", "-1", ":", "1:"])
    func badPosition(position: String) async throws {
        try await TestServer.with(worker: false) { server in
            let id = try await server.submit("echo")
            let answer = try await server.send(.GET, "/api/v1/jobs/\(id)/events", [("Last-Event-ID", position)])
            #expect(answer.status == 400)
        }
    }

    @Test("a server that stops says goodbye to its readers and finishes what it began")
    func drains() async throws {
        try await TestServer.with({ $0.shutdownLimit = .seconds(60) }, worker: false) { server in
            let id = try await server.submit("echo")
            try await following(id, on: server) { stream in
                _ = try await stream.next()
                let form = TestForm(fields: ["kind": "copy"], files: [("a.wav", "abc")])
                try await TestConnection.with(port: server.port) { connection in
                    let text = form.text
                    try await connection.send(
                        .POST, "/api/v1/jobs",
                        server.headers(
                            .token,
                            [
                                ("Content-Type", form.contentType), ("Content-Length", String(text.utf8.count)),
                                ("Expect", "100-continue"),
                            ]))
                    // The server has begun with it; a request that it has not seen yet is not owed an answer.
                    guard case .head(let goOn) = try await connection.next(), goOn.status == .continue else {
                        throw TestFailure("no 100 Continue")
                    }
                    try await connection.send(String(text.prefix(100)))
                    await server.shutDown()
                    let events = try await stream.events()
                    #expect(events.last?.type == "reconnect")
                    #expect(events.last?.data.contains("after_ms") == true)
                    try await connection.send(String(text.dropFirst(100)))
                    try await connection.end()
                    let head = try await connection.head()
                    #expect(head.status.code == 202)
                    #expect(head.headers["connection"] == ["close"])
                }
            }
        }
    }

    @Test("a request that does not end is cut off when the server has waited long enough")
    func drainLimit() async throws {
        try await TestServer.with({ $0.shutdownLimit = .milliseconds(200) }, worker: false) { server in
            try await TestConnection.with(port: server.port) { connection in
                try await connection.send(
                    .POST, "/api/v1/jobs",
                    server.headers(.token, [("Content-Type", "application/json"), ("Content-Length", "10")]))
                try await connection.send("{")
                await server.shutDown()
                try await within(.seconds(60), "the server to close") { try await connection.channel.closeFuture.get() }
            }
        }
    }
}
