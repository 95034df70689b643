import ChildProcesses
import Foundation
import Model

/// Turns our SVG into PNG with `rsvg-convert`, about 50 ms a picture. SVG from outside never comes here.
struct Rasterizer {
    let tools: MediaTools

    /// - Parameter hidden: Ids of groups that are left out; everything else stays where it is.
    func png(_ svg: String, hiding hidden: Set<String> = [], to destination: URL) async throws {
        let source = tools.temporary("svg")
        let picture = tools.temporary("png")
        defer { for file in [source, picture] { try? FileManager.default.removeItem(at: file) } }
        var text = svg
        if !hidden.isEmpty, let end = text.range(of: "</title>") {
            let selectors = hidden.sorted().map { "#\($0)" }.joined(separator: ",")
            text.insert(contentsOf: "\n<style>\(selectors){display:none}</style>", at: end.upperBound)
        }
        try Data(text.utf8).write(to: source)
        let command = Command(
            executable: "rsvg-convert", arguments: ["--format", "png", "--output", picture.path, source.path],
            environment: tools.environment, workingDirectory: tools.scratch,
            limits: ProcessLimits(memory: .gibibytes(2), cpu: .seconds(20), largestFile: .mebibytes(32)),
            timeout: .seconds(30), ledger: tools.ledger, debianPackage: "librsvg2-bin")
        _ = try await ChildProcess.run(command)
        try tools.publish(picture, as: destination)
    }
}
