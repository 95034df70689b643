import CommandJobs
import Foundation
import Model
import Storage
import Testing

/// The programs of `docs/exec.md`, taken from the document and run.
@Suite("docs/exec.md (A9)")
struct CommandDocumentTests {
    /// The first block of code in a language.
    private func example(_ language: String) throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/exec.md")
        let parts = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "```\(language)\n")
        try #require(parts.count > 1)
        return try #require(parts[1].components(separatedBy: "\n```\n").first) + "\n"
    }

    @Test("the Python program counts words")
    func python() async throws {
        try await CommandTrial.with(["command": .list(["python3", "-c", try example("python")])]) { trial in
            let job = try await trial.outcome(of: #"{"text": "one two one"}"#)
            let result = try #require(job.result, "\(job.failure?.message ?? "")").decode([String: [String: Int]].self)
            #expect(result == ["words": ["one": 2, "two": 1]])
            let rejected = try await trial.outcome(of: #"{"words": 3}"#)
            #expect(rejected.state == .dead)
            #expect(rejected.failure?.message.contains("the input needs a text") == true)
        }
    }

    @Test("the shell script measures its document")
    func shell() async throws {
        let script = FileManager.default.temporaryDirectory.appending(path: "measure-\(UUID()).sh")
        defer { try? FileManager.default.removeItem(at: script) }
        try Data(try example("sh").utf8).write(to: script)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
        try await CommandTrial.with(["command": .list([script.path])]) { trial in
            let job = try await trial.outcome()
            let result = try #require(job.result, "\(job.failure?.message ?? "")").decode([String: Int].self)
            #expect(try #require(result["bytes"]) > 100)
            let log = try await trial.log(job.id)
            #expect(log.contains { $0.level == .debug && $0.message.hasPrefix("the document has ") })
        }
    }
}
