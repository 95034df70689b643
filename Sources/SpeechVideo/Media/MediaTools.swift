import ChildProcesses
package import Foundation
import Model

/// The programs that the speech-to-video stages run, each one limited, off the network and in its scratch folder.
package struct MediaTools: Sendable {
    /// Folder of the attempt: working directory of the programs and home of half-written files. The caller removes it.
    package var scratch: URL
    /// Folder in which running programs are recorded, for `ProcessLedger.endOrphans(in:)`.
    package var ledger: URL?
    /// The whole environment of the programs; its `PATH` decides which of them are found.
    package var environment: [String: String]

    package init(
        scratch: URL, ledger: URL? = nil, environment: [String: String] = Command.defaultEnvironment
    ) {
        self.scratch = scratch
        self.ledger = ledger
        self.environment = environment
    }

    /// Formats that are opened. Playlists, image sequences and scripts, which can name other files, are not among them.
    static let formats: String = "wav,w64,mp3,aac,ogg,flac,mov,matroska,webm,aiff,amr,caf,au"

    /// Options that stand before an input which came from outside.
    static func untrustedInput(_ file: URL) -> [String] {
        [
            "-protocol_whitelist", "file,pipe", "-format_whitelist", formats, "-threads", "1",
            "-i", "file:" + file.path,
        ]
    }

    /// Runs ffmpeg on one thread, with its progress as a fraction of `duration`.
    func ffmpeg(
        _ arguments: [String], timeout: Duration, watching watch: ProgressWatch? = nil
    ) async throws -> ProcessOutcome {
        // Without the last two limits every filter has threads of its own: 325 for a scene of forty nodes.
        let general = [
            "-nostdin", "-hide_banner", "-v", "error", "-nostats", "-y", "-filter_threads", "1",
            "-filter_complex_threads", "1",
        ]
        let command = Command(
            executable: "ffmpeg",
            arguments: general + (watch == nil ? [] : ["-progress", "pipe:1"]) + arguments,
            environment: environment, workingDirectory: scratch,
            limits: ProcessLimits(memory: .gibibytes(3), cpu: timeout, largestFile: .gibibytes(8)),
            timeout: timeout, ledger: ledger, debianPackage: "ffmpeg")
        guard let watch else { return try await ChildProcess.run(command) }
        return try await ChildProcess.run(command) { watch.receive($0) }
    }

    /// Runs ffprobe; the answer is its standard output.
    func ffprobe(_ arguments: [String], timeout: Duration = .seconds(60)) async throws -> ProcessOutcome {
        let command = Command(
            executable: "ffprobe", arguments: ["-hide_banner", "-v", "warning"] + arguments,
            environment: environment, workingDirectory: scratch,
            limits: ProcessLimits(memory: .gibibytes(2), cpu: timeout, largestFile: .mebibytes(1)),
            timeout: timeout, ledger: ledger, debianPackage: "ffmpeg")
        return try await ChildProcess.run(command)
    }

    /// A name in the scratch folder for a file that is not finished.
    func temporary(_ suffix: String) -> URL {
        scratch.appending(path: "part-\(UUID().uuidString).\(suffix)", directoryHint: .notDirectory)
    }

    /// Moves a finished file to its place, replacing what is there, in one step when both are on one disk.
    func publish(_ temporary: URL, as destination: URL) throws {
        if rename(temporary.path, destination.path) == 0 { return }
        // Another disk: copy beside the destination, then rename there.
        let beside = destination.appendingPathExtension("part")
        try? FileManager.default.removeItem(at: beside)
        try FileManager.default.copyItem(at: temporary, to: beside)
        guard rename(beside.path, destination.path) == 0 else {
            try? FileManager.default.removeItem(at: beside)
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: destination.path])
        }
        try? FileManager.default.removeItem(at: temporary)
    }
}
