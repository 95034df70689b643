import Foundation
import Model
import Testing

@testable import suisha

@Suite("Following a job (C2)")
struct JobWatchTests {
    static func job(_ state: String) -> String {
        """
        {"id":"job_1","kind":"transcribe","state":"\(state)","attempt":1,"max_attempts":5,\
        "created_at":"2026-03-01T12:00:00.000Z","artifacts":[]}
        """
    }

    private static let stream = [("Content-Type", "text/event-stream")]

    @Test("after a cut connection it resumes from the last id, and no event comes twice or is lost")
    func resuming() async throws {
        try await ScriptedServer.with { request, number in
            guard request.uri.hasSuffix("/events") else {
                return .init(body: Self.job(number < 5 ? "leased" : "succeeded"))
            }
            switch request.headers["last-event-id"] {
            case nil:
                return .init(
                    headers: Self.stream, body: "id: 1:1\ndata: {}\n\nid: 1:2\ndata: {}\n\ndata: {\"x\"", isCut: true)
            case "1:2":
                // A server that stops says when to come back.
                return .init(
                    headers: Self.stream,
                    body: "id: 1:3\ndata: {}\n\nretry: 1\nevent: reconnect\ndata: {\"after_ms\":1}\n\n")
            default:
                return .init(headers: Self.stream, body: "id: 1:4\ndata: {}\n\n")
            }
        } _: { server, root in
            var ids: [String?] = []
            let ended = try await ServerClient.with(.server(root), token: nil) { client in
                try await JobWatch(client: client, job: "job_1").run { ids.append($0.id) }
            }
            #expect(ids == ["1:1", "1:2", "1:3", "1:4"])
            #expect(ended.document.state == .succeeded)
            let asked = server.received.filter { $0.uri.hasSuffix("/events") }.map { $0.headers["last-event-id"] }
            #expect(asked == [nil, "1:2", "1:3"])
        }
    }

    @Test("a job that ended long ago is shown without an event")
    func ended() async throws {
        try await ScriptedServer.with { request, _ in
            request.uri.hasSuffix("/events") ? .init(status: 204, headers: []) : .init(body: Self.job("dead"))
        } _: { _, root in
            let answer = try await ServerClient.with(.server(root), token: nil) { client in
                try await JobWatch(client: client, job: "job_1").run { _ in Issue.record("no event was expected") }
            }
            #expect(answer.document.state == .dead)
            #expect(throws: CommandFailure.self) { try answer.document.throwUnlessSucceeded() }
        }
    }

    @Test("a server that stays away ends the watch with a sentence that says how to start one")
    func away() async throws {
        await #expect {
            try await ServerClient.with(.server("http://127.0.0.1:1"), token: nil) { client in
                _ = try await JobWatch(client: client, job: "job_1", patience: .milliseconds(300)).run { _ in }
            }
        } throws: { error in
            (error as? CommandFailure)?.status == .unreachable && "\(error)".contains("suisha serve")
        }
    }

    @Test("an unknown job ends the watch at once")
    func unknown() async throws {
        try await ScriptedServer.with { _, _ in
            .init(status: 404, headers: [], body: #"{"detail":"There is no job job_1.","status":404}"#)
        } _: { server, root in
            await #expect {
                try await ServerClient.with(.server(root), token: nil) { client in
                    _ = try await JobWatch(client: client, job: "job_1").run { _ in }
                }
            } throws: { "\($0)" == "There is no job job_1." }
            #expect(server.received.count == 1)
        }
    }
}

extension URL {
    /// The root of a scripted server.
    static func server(_ root: String) -> URL {
        // Made by the test itself, so always an address.
        URL(string: root) ?? URL(filePath: "/")
    }
}
