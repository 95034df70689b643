import ChildProcesses
import Conformance
import Foundation
import Glibc
import Synchronization
import Testing

@testable import SpeechVideo

@Suite("programs that are missing, killed or cancelled")
struct ProgramFailureTests {
    @Test("A6: a missing program is named with the package to install", arguments: ["ffprobe", "ffmpeg"])
    func missing(program: String) async throws {
        try await Workbench.with { bench in
            let file = try await bench.recording("a.wav")
            let tools = try bench.tools(withPrograms: ["ffprobe", "ffmpeg"].filter { $0 != program })
            let failure = try await #require(throws: ProcessFailure.self) {
                try await MediaProbe(tools: tools).probe(file)
            }
            #expect(failure.code == .notFound)
            #expect(failure.message.contains("apt-get install ffmpeg"))
        }
    }

    @Test(
        "A6: drawing without one of its programs names the package and leaves no files",
        arguments: [("dot", "graphviz"), ("rsvg-convert", "librsvg2-bin"), ("fc-match", "fontconfig")])
    func missing(program: String, package: String) async throws {
        try await Workbench.with { bench in
            let tools = try bench.tools(
                withPrograms: ["dot", "rsvg-convert", "fc-match"].filter { $0 != program })
            let folder = bench.folder.appending(path: "out", directoryHint: .isDirectory)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let failure = try await #require(throws: ProcessFailure.self) {
                try await SceneDrawer(tools: tools).draw(Samples.tree(.english), of: 1, into: folder)
            }
            #expect(failure.code == .notFound)
            #expect(failure.message.contains("apt-get install \(package)"))
            #expect(Workbench.names(in: folder) == [])
        }
    }

    @Test func `paths and rings are drawn without Graphviz`() async throws {
        try await Workbench.with { bench in
            let tools = try bench.tools(withPrograms: ["rsvg-convert", "fc-match"])
            _ = try await SceneDrawer(tools: tools).draw(Samples.chain(.english), of: 1, into: bench.folder)
            _ = try await SceneDrawer(tools: tools).draw(Samples.cycle(.japanese), of: 1, into: bench.folder)
        }
    }

    @Test func `a missing font is an error, not a page of empty boxes`() async throws {
        try await Workbench.with { bench in
            let fonts = bench.file("fonts.conf")
            let text = """
                <?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
                <dir>\(bench.scratch.path)</dir><cachedir>\(bench.scratch.path)/fonts</cachedir></fontconfig>
                """
            try Data(text.utf8).write(to: fonts)
            let tools = try bench.tools(
                withPrograms: ["dot", "rsvg-convert", "fc-match"], environment: ["FONTCONFIG_FILE": fonts.path])
            let error = try await #require(throws: MediaError.self) {
                try await SceneDrawer(tools: tools).draw(Samples.chain(.japanese), of: 1, into: bench.folder)
            }
            #expect(error.code == .fontMissing)
            #expect(error.message.contains("apt-get install fonts-noto-cjk"))
        }
    }

    /// Starts the body, and does something to its programs until it has ended: the first may end by itself just before.
    private func disturb(
        _ bench: Workbench, _ body: @escaping @Sendable () async throws -> Void,
        by disturbance: @escaping (_ group: Int32, _ cancel: () -> Void) -> Void
    ) async throws -> (any Error)? {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let isOver = Mutex(false)
            group.addTask {
                defer { isOver.withLock { $0 = true } }
                try await body()
            }
            try await eventually("the program is disturbed") {
                for name in Workbench.names(in: bench.ledger) {
                    if let number = Int32(name.prefix { $0 != "." }) { disturbance(number) { group.cancelAll() } }
                }
                return isOver.withLock { $0 }
            }
            do {
                try await group.next()
                return nil
            } catch {
                return error
            }
        }
    }

    @Test func `ffmpeg killed from outside is a failure to try again, without half files`() async throws {
        try await Workbench.with { bench in
            let file = try await bench.recording("long.wav", seconds: 600, ["-ar", "16000"])
            let info = try await MediaProbe(tools: bench.tools).probe(file)
            let speech = bench.file("speech.wav")
            let narration = bench.file("narration.m4a")
            let error = try await disturb(bench) {
                try await Normalizer(tools: bench.tools).normalize(
                    file, info: info, speech: speech, narration: narration)
            } by: { group, _ in
                kill(-group, SIGKILL)
            }
            let failure = try #require(error as? ProcessFailure)
            #expect(failure.code == .killed(signal: SIGKILL))
            #expect(!FileManager.default.fileExists(atPath: speech.path))
            #expect(!FileManager.default.fileExists(atPath: narration.path))
            // The same again succeeds.
            try await Normalizer(tools: bench.tools).normalize(file, info: info, speech: speech, narration: nil)
            #expect(FileManager.default.fileExists(atPath: speech.path))
        }
    }

    @Test func `ffmpeg killed while a recording is measured does not make the recording look short`() async throws {
        try await Workbench.with { bench in
            let file = try await bench.recording("long.flac", seconds: 900)
            let error = try await disturb(bench) {
                _ = try await MediaProbe(tools: bench.tools).probe(file)
            } by: { group, _ in
                kill(-group, SIGKILL)
            }
            #expect((error as? ProcessFailure)?.code == .killed(signal: SIGKILL))
        }
    }

    @Test func `cancelling a render ends the program and leaves nothing`() async throws {
        try await Workbench.with { bench in
            let scene = Samples.keypoints(.english)
            let drawing = try await SceneDrawer(tools: bench.tools).draw(scene, of: 1, into: bench.folder)
            let segment = bench.file("segment.mp4")
            let error = try await disturb(bench) {
                try await SegmentRenderer(tools: bench.tools).render(scene, drawing: drawing, to: segment)
            } by: { _, cancel in
                cancel()
            }
            #expect(error is CancellationError)
            #expect(!FileManager.default.fileExists(atPath: segment.path))
        }
    }
}
