import Conformance
import CoreMetrics
import Foundation
import Logging
import Operations
import Testing

@Suite("promtool check metrics (G1)")
struct PromtoolTests {
    /// The program, where `scripts/setup --tests` put it or the system has it.
    private static let promtool: String? =
        ([Project.file(".build-tools/prometheus/usr/bin/promtool").path]
        + (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/promtool" })
        .first(where: FileManager.default.isExecutableFile)

    @Test("promtool is there in CI")
    func isInstalled() {
        let isContinuousIntegration = ProcessInfo.processInfo.environment["CI"] == "true"
        #expect(Self.promtool != nil || !isContinuousIntegration, "run scripts/setup --tests")
    }

    @Test("a page with every metric there is passes without a remark", .enabled(if: promtool != nil))
    func everyMetric() async throws {
        let registry = MetricRegistry()
        for name in MetricHelp.sentences.keys where name.hasPrefix("suisha_") && name != MetricRegistry.refusedName {
            if name.hasSuffix("_total") {
                registry.makeCounter(label: name, dimensions: [("kind", "generate-video")]).increment(by: 1)
            } else if name.hasSuffix("_seconds") {
                registry.makeTimer(label: name, dimensions: [("kind", "a \"quoted\" one\n")]).recordNanoseconds(1)
            } else if name != "suisha_build_info" {
                registry.makeMeter(label: name, dimensions: []).set(1.0)
            }
        }
        let page = MetricsPage(registry, reading: nil, version: "1.2.3", logger: Logger(label: "test"))
        let text = await page.text()
        #expect(text.contains("process_resident_memory_bytes"))
        let (status, output) = try await Self.check(text)
        #expect(status == 0, "\(output)")
        #expect(output.isEmpty)
    }

    private static func check(_ text: String) async throws -> (status: Int32, output: String) {
        let folder = FileManager.default.temporaryDirectory.appending(path: "metrics-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (page, answer) = (folder.appending(path: "page.txt"), folder.appending(path: "answer.txt"))
        try Data(text.utf8).write(to: page)
        try Data().write(to: answer)
        let process = Process()
        process.executableURL = URL(filePath: promtool ?? "")
        process.arguments = ["check", "metrics"]
        process.standardInput = try FileHandle(forReadingFrom: page)
        let handle = try FileHandle(forWritingTo: answer)
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        try await eventually("promtool ends") { !process.isRunning }
        return (process.terminationStatus, try String(contentsOf: answer, encoding: .utf8))
    }
}
