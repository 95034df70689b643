import Conformance
import Foundation
import NIOCore
import Synchronization
import Testing

/// A folder with everything of one installation, and its processes.
final class Installation: Sendable {
    let folder: URL
    private let settings: [String: String]
    private let processes: Mutex<[SuishaProcess]> = Mutex([])

    private init(_ settings: [String: String]) throws {
        self.settings = settings
        folder = URL(filePath: NSTemporaryDirectory()).appending(path: "suisha-system-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Runs `body`, then ends every process and removes the folder.
    ///
    /// - Parameter settings: environment variables of every process of this installation.
    static func with(_ settings: [String: String] = [:], _ body: (Installation) async throws -> Void) async throws {
        let installation = try Installation(settings)
        defer { try? FileManager.default.removeItem(at: installation.folder) }
        let outcome: (any Error)?
        do {
            try await body(installation)
            outcome = nil
        } catch {
            outcome = error
        }
        for process in installation.processes.withLock({ $0 }) where process.isRunning { try await process.killNow() }
        if let outcome { throw outcome }
    }

    var scratch: URL { folder.appending(path: "data/scratch") }

    /// The token of the API.
    func token() throws -> String {
        try String(contentsOf: folder.appending(path: "data/token"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Starts the built program; it ends at the latest with the installation.
    ///
    /// - Parameter scratchSize: gives it a scratch folder on a disk of that many mebibytes, which nobody else sees.
    func start(
        _ arguments: [String], environment: [String: String] = [:], scratchSize: Int? = nil
    ) throws -> SuishaProcess {
        let program = SuishaProcess.products.appending(path: "suisha").path
        var command = [program] + arguments
        if let scratchSize {
            let mount = "mkdir -p '\(scratch.path)' && mount -t tmpfs -o size=\(scratchSize)m tmpfs '\(scratch.path)'"
            command =
                ["/usr/bin/unshare", "--mount", "--map-root-user", "sh", "-c", mount + " && exec \"$0\" \"$@\""]
                + command
        }
        return try run(command, environment: environment)
    }

    /// Starts any program, with the same environment; it ends at the latest with the installation.
    func run(_ command: [String], environment: [String: String] = [:]) throws -> SuishaProcess {
        let process = try SuishaProcess(command, in: folder, environment: settings.merging(environment) { $1 })
        processes.withLock { $0.append(process) }
        return process
    }

    /// Starts a server and returns when it answers.
    func server(
        roles: String = "api,worker", environment: [String: String] = [:], scratchSize: Int? = nil
    ) async throws -> (process: SuishaProcess, api: API) {
        let process = try start(
            ["serve", "--roles", roles, "--http-port", "0"], environment: environment, scratchSize: scratchSize)
        let port = try await eventually("the server listens; its log: \(process.log)") { () -> String? in
            if !process.isRunning { throw NeverHappened("The server ended: \(process.logText)") }
            return process.logText.firstMatch(of: /server is listening.*"port":"?([0-9]+)/).map { String($0.1) }
        }
        guard let url = URL(string: "http://127.0.0.1:\(port)") else { throw NeverHappened("no port") }
        return (process, API(url: url, token: try token()))
    }
}

/// A running `suisha`, or a program beside it.
final class SuishaProcess: Sendable {
    private let process: Process
    let log: URL

    /// The root of the package.
    static let project: URL = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../..").standardizedFileURL
    /// What the build has made, beside the test bundle.
    static let products: URL = {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.appending(path: "suisha").path) {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    fileprivate init(_ command: [String], in folder: URL, environment: [String: String]) throws {
        log = folder.appending(path: "log-\(UUID().uuidString).txt")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process = Process()
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = folder
        let home =
            ProcessInfo.processInfo.environment["SUISHA_SPEECH_HOME"]
            ?? Self.project.appending(path: ".build-speech").path
        let settings = [
            "SUISHA_DATA_FOLDER": folder.appending(path: "data").path, "SUISHA_SPEECH_HOME": home,
            "SUISHA_LOG_FORMAT": "json", "SUISHA_WORKER_HEARTBEAT": "500ms", "SUISHA_WORKER_LEASE": "6s",
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder.path,
        ]
        process.environment = settings.merging(environment) { $1 }
        let handle = try FileHandle(forWritingTo: log)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
    }

    var isRunning: Bool { process.isRunning }
    var logText: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Stops it between two transactions, until SIGCONT. Who stops while it holds SQLite's one lock holds up everybody until it
    /// is killed, and that is not what tests with frozen workers are about.
    func freeze(beside api: API) async throws {
        try await eventually("process \(process.processIdentifier) stops between two transactions") {
            signal(SIGSTOP)
            let probe = try? await api.send(
                "PUT", "/api/v1/caps/probe", headers: ["Content-Type": "application/json"],
                body: Data(#"{"slots": 1}"#.utf8), within: .seconds(5))
            if let probe, probe.status == 200 { return true }
            signal(SIGCONT)
            return false
        }
    }

    /// Ends it without warning, and returns when it is gone.
    func killNow() async throws {
        signal(SIGKILL)
        _ = try await ended()
    }

    /// The exit status, once it has ended.
    func ended(within limit: Duration = .seconds(60)) async throws -> Int32 {
        try await eventually("process \(process.processIdentifier) ends; its log: \(logText)", within: limit) {
            process.isRunning ? nil : process.terminationStatus
        }
    }
}
