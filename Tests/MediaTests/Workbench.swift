import ChildProcesses
import Foundation
import SpeechVideo
import Testing

/// A folder of its own for one test, with a scratch folder for the programs in it.
struct Workbench: Sendable {
    let folder: URL
    let tools: MediaTools

    var scratch: URL { tools.scratch }
    var ledger: URL { folder.appending(path: "ledger", directoryHint: .isDirectory) }

    func file(_ name: String) -> URL { folder.appending(path: name, directoryHint: .notDirectory) }

    /// Runs the body; afterwards nothing half-written and no recorded program may be left.
    static func with<Result>(_ body: (Workbench) async throws -> Result) async throws -> Result {
        let folder = URL.temporaryDirectory.appending(path: "media-\(UUID().uuidString)", directoryHint: .isDirectory)
        let scratch = folder.appending(path: "scratch", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = folder.appending(path: "ledger", directoryHint: .isDirectory)
        let bench = Workbench(folder: folder, tools: MediaTools(scratch: scratch, ledger: ledger))
        let result = try await body(bench)
        #expect(names(in: scratch).filter { $0.hasPrefix("part-") } == [])
        #expect(names(in: ledger) == [])
        return result
    }

    static func names(in folder: URL) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    }

    /// The same bench with programs that see only these names, on `PATH`, and this environment.
    func tools(withPrograms programs: [String], environment: [String: String] = [:]) throws -> MediaTools {
        let bin = folder.appending(path: "bin-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
        let path = (Command.defaultEnvironment["PATH"] ?? "").split(separator: ":").map(String.init)
        for program in programs + ["prlimit", "unshare"] {
            let place = path.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
            try FileManager.default.createSymbolicLink(
                atPath: bin.appending(path: program).path, withDestinationPath: #require(place))
        }
        return MediaTools(
            scratch: scratch, ledger: ledger,
            environment: environment.merging(["PATH": bin.path, "LANG": "C.UTF-8"]) { given, _ in given })
    }

    @discardableResult
    func run(_ program: String, _ arguments: [String]) async throws -> ProcessOutcome {
        try await ChildProcess.run(
            Command(
                executable: program, arguments: arguments, workingDirectory: folder, timeout: .seconds(120),
                outputLimit: 256 << 20))
    }

    @discardableResult
    func ffmpeg(_ arguments: [String]) async throws -> ProcessOutcome {
        try await run("ffmpeg", ["-nostdin", "-v", "error", "-y"] + arguments)
    }

    /// A recording of a tone that rises and swells, so that no two moments of it are alike.
    func recording(_ name: String, seconds: Double = 3, _ options: [String] = []) async throws -> URL {
        let output = file(name)
        let sound = "aevalsrc=0.4*sin(2*PI*(180+9*t)*t)*(0.6+0.4*sin(3.7*t+t*t/9)):s=48000:d=\(seconds)"
        try await ffmpeg(["-f", "lavfi", "-i", sound] + options + [output.path])
        return output
    }

    /// The first stream of sound as numbers, 8,000 a second.
    func samples(of file: URL) async throws -> [Double] {
        let raw = try await ffmpeg([
            "-i", file.path, "-map", "0:a:0", "-ac", "1", "-ar", "8000", "-f", "s16le", "-c:a", "pcm_s16le", "pipe:1",
        ]).standardOutput
        return stride(from: 0, to: raw.count - 1, by: 2).map {
            Double(Int16(bitPattern: UInt16(raw[$0]) | UInt16(raw[$0 + 1]) << 8))
        }
    }

    /// What ffprobe says about a file, as JSON.
    func probe(_ file: URL, _ options: [String]) async throws -> [String: Any] {
        let answer = try await run("ffprobe", ["-v", "error", "-of", "json"] + options + [file.path])
        return try #require(JSONSerialization.jsonObject(with: Data(answer.standardOutput)) as? [String: Any])
    }
}
