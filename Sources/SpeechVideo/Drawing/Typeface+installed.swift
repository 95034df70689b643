import ChildProcesses
import Foundation
import Model
import Synchronization

extension Typeface {
    private static let found: Mutex<Set<[String: String]>> = Mutex([])

    /// Makes sure that the font is there: without it programs silently draw another one, and Japanese as empty boxes.
    ///
    /// The answer is remembered once it was yes, so that it costs 20 ms a process.
    static func requireInstalled(_ tools: MediaTools) async throws {
        if found.withLock({ $0.contains(tools.environment) }) { return }
        let command = Command(
            executable: "fc-match", arguments: ["--format", "%{family}", family], environment: tools.environment,
            workingDirectory: tools.scratch,
            limits: ProcessLimits(memory: .gibibytes(1), cpu: .seconds(20), largestFile: .mebibytes(16)),
            timeout: .seconds(30), ledger: tools.ledger, debianPackage: "fontconfig")
        // fontconfig always answers, with the nearest font it has.
        let nearest = try await ChildProcess.run(command).text
        guard nearest.split(separator: ",").contains(where: { $0 == family }) else {
            throw MediaError(
                .fontMissing, "The font \(family) is not installed; install it: apt-get install fonts-noto-cjk")
        }
        _ = found.withLock { $0.insert(tools.environment) }
    }
}
