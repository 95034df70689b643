import Conformance
import Foundation
import Testing

extension SystemTests {
    /// What the documents tell readers to type.
    @Suite("C1: the documents work as they are written")
    struct Documents {
        @Test("every example of docs/api.md, in order, in one shell")
        func api() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                try FileManager.default.createSymbolicLink(
                    at: installation.folder.appending(path: "samples"),
                    withDestinationURL: SuishaProcess.project.appending(path: "samples"))
                let page = try String(
                    contentsOf: SuishaProcess.project.appending(path: "docs/api.md"), encoding: .utf8)
                let blocks = page.components(separatedBy: "```sh\n").dropFirst().map {
                    $0.components(separatedBy: "```")[0]
                }
                #expect(blocks.count > 10)
                let script = blocks.enumerated().map { "printf '\\n== \($0)\\n'\n\($1)" }.joined(separator: "\n")
                let shell = try installation.run(
                    ["/bin/bash", "-eu", "-o", "pipefail", "-c", script],
                    environment: ["SUISHA": api.url.absoluteString, "TOKEN": api.token])
                #expect(try await shell.ended(within: .seconds(300)) == 0, "\(shell.logText)")

                let text = shell.logText
                let refusals = text.matches(of: /urn:suisha:problem:([a-z-]+)/).map { String($0.1) }
                // A job that has succeeded cannot be retried; and the one that shows what a refusal looks like.
                #expect(refusals == ["conflict", "invalid-request"], "\(text)")
                for part in ["job:complete", #""name":"video.mp4""#, "}206\nHTTP/1.1 200 OK", "\n304\n"] {
                    #expect(text.contains(part), "\(part) is missing in: \(text)")
                }
                #expect(!text.contains("job:error"), "\(text)")
            }
        }
    }
}
