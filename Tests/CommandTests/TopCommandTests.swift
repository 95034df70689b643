import ArgumentParser
import Foundation
import Testing

@testable import suisha

@Suite("suisha top (C2, G2)")
struct TopCommandTests {
    private static let sample = """
        {"at":"2026-03-01T12:00:07.000Z","step_ms":1000,"measured_ms":1000,"nodes":2,"values":{"requests_per_second":12.25,\
        "request_p95_ms":1250,"process_memory_bytes":104857600,"process_cpu_percent":3,"database_up":1,"bus_up":0,\
        "queue_lag_ms":180000,"fairness":0.987,"jobs_ready":4},"failures":[{"kind":"exec","code":"exit-1","count":3}],\
        "workspaces":[{"workspace":"ws_1","running":1,"waiting":2,"weight":1,"share_percent":99.6}]}
        """

    private func event(_ id: Int) -> String { "id: \(id)\nevent: operations:sample\ndata: \(Self.sample)\n\n" }

    @Test("a second is a few lines with what matters, and what was not measured is a dash")
    func lines() throws {
        let lines = SampleText.lines(try SampleView(Self.sample), title: "http://here", width: 200)
        #expect(lines.first == "http://here  12:00:07 UTC  2 nodes")
        for words in [
            ["requests", "12.2/s", "p95 1.2 s", "p99 -"], ["process", "3 %", "100.0 MiB"], ["database", "up"],
            ["bus AWAY"], ["oldest 3 min"], ["fairness 0.99"], ["3", "exec", "exit-1"], ["ws_1", "100 %", "1", "2"],
        ] { #expect(lines.contains { line in words.allSatisfy { line.contains($0) } }, "\(words) in \(lines)") }
        let narrow = SampleText.lines(try SampleView(Self.sample), title: "http://here", width: 20)
        #expect(narrow.allSatisfy { TextWidth.columns($0) <= 20 })
    }

    @Test(
        "numbers are short",
        arguments: [(0.04, "0.0 ms"), (12, "12 ms"), (999.6, "1000 ms"), (90_000, "90 s"), (8e6, "2.2 h")])
    func numbers(milliseconds: Double, text: String) {
        #expect(SampleText.duration(milliseconds) == text)
    }

    @Test(
        "--once takes the first second of the node that was asked for, and a broken connection is taken up where it ended"
    )
    func following() async throws {
        let once = try await ScriptedServer.with { _, _ in
            .init(headers: [("Content-Type", "text/event-stream")], body: event(7) + event(8))
        } _: { server, root in
            let words = ["top", "--once", "--node", "web-2", "--server", root, "--http-token-file", "/nonexistent"]
            var command = try #require(try SuishaCommand.parseAsRoot(words) as? any AsyncParsableCommand)
            try await command.run()
            return server.received
        }
        #expect(once.map(\.uri) == ["/api/v1/operations/samples/live?node=web-2"])
        let again = try await ScriptedServer.with { _, number in
            .init(headers: [("Content-Type", "text/event-stream")], body: event(7 + number), isCut: number == 0)
        } _: { server, root in
            try await ServerClient.with(try #require(URL(string: root)), token: nil) { client in
                var seen: [String] = []
                try await SampleWatch(client: client, limit: 2).run { seen.append($0.id ?? "") }
                #expect(Set(seen).count == 2)
            }
            return server.received
        }
        #expect(again.count == 2 && again.last?.headers["last-event-id"] != nil)
    }
}
