import Conformance
import Foundation
import Testing

extension SystemTests {
    /// Kinds of jobs that an operator adds with a program and four lines of YAML.
    @Suite("A9: commands as kinds")
    struct Exec {
        private struct Counted: Decodable {
            struct Result: Decodable { let words: [String: Int] }
            let result: Result
        }

        @Test("the example of docs/exec.md runs in a server that was started with it")
        func example() async throws {
            try await Installation.with { installation in
                try Self.install(in: installation.folder)
                let (_, api) = try await installation.server()
                let body = Data(#"{"kind": "count-words", "input": {"text": "one two one"}}"#.utf8)
                let id = try await api.send(
                    "POST", "/api/v1/jobs", headers: ["Content-Type": "application/json"], body: body
                ).decode(API.JobDocument.self).id
                #expect(try await api.ended(id).state == "succeeded")
                let counted = try await api.send("GET", "/api/v1/jobs/\(id)").decode(Counted.self)
                #expect(counted.result.words == ["one": 2, "two": 1])

                let wrong = Data(#"{"kind": "count-words", "input": {"text": 7}}"#.utf8)
                let refused = try await api.send(
                    "POST", "/api/v1/jobs", headers: ["Content-Type": "application/json"], body: wrong
                ).decode(API.JobDocument.self).id
                let dead = try await api.ended(refused)
                #expect(dead.state == "dead")
                #expect(dead.error?.message.contains("the input needs a text") == true)
            }
        }

        @Test("doctor checks the commands, and a program that is not there stops everything with a sentence")
        func doctor() async throws {
            try await Installation.with { installation in
                try Self.install(in: installation.folder)
                let doctor = try installation.start(["doctor", "--json"])
                _ = try await doctor.ended(within: .seconds(120))
                #expect(doctor.logText.contains("\"name\":\"exec count-words\""))
                let file = installation.folder.appending(path: "suisha.yaml")
                try Data("exec:\n  - kind: a\n    command: [/nonexistent/program]\n".utf8).write(to: file)
                for command in ["serve", "doctor", "config"] {
                    let process = try installation.start([command])
                    #expect(try await process.ended() == 78)
                    #expect(
                        process.logText.contains("suisha.yaml: exec, 'a', command: the program /nonexistent/program"))
                }
            }
        }

        /// Writes the configuration and the program that the document shows.
        static func install(in folder: URL) throws {
            let document = try String(
                contentsOf: SuishaProcess.project.appending(path: "docs/exec.md"), encoding: .utf8)
            let program = try #require(document.firstMatch(of: /```python\n([\s\S]*?)```/)).1
            let settings = try #require(document.firstMatch(of: /```yaml\n([\s\S]*?)```/)).1
            try Data(program.utf8).write(to: folder.appending(path: "count_words.py"))
            try Data(settings.replacing("/opt/app", with: folder.path).utf8).write(
                to: folder.appending(path: "suisha.yaml"))
        }
    }
}
