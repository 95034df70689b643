import Conformance
import Foundation
import Testing

/// A folder with everything of one installation; removed at the end.
final class Installation: Sendable {
    let folder: URL
    private let settings: [String: String]

    /// - Parameter settings: environment variables of every process of this installation.
    init(_ settings: [String: String] = [:]) throws {
        self.settings = settings
        folder = URL(filePath: NSTemporaryDirectory()).appending(path: "suisha-system-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    var scratch: URL { folder.appending(path: "data/scratch") }

    /// The token of the API.
    func token() throws -> String {
        try String(contentsOf: folder.appending(path: "data/token"), encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Starts the built program; it ends at the latest with the returned value.
    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> SuishaProcess {
        try SuishaProcess(arguments, in: self, environment: settings.merging(environment) { $1 })
    }

    /// Starts a server and returns when it answers.
    func server(
        roles: String = "api,worker", environment: [String: String] = [:]
    ) async throws -> (process: SuishaProcess, api: API) {
        let process = try start(["serve", "--roles", roles, "--http-port", "0"], environment: environment)
        let port = try await eventually("the server listens; its log: \(process.log)") { () -> String? in
            if !process.isRunning { throw NeverHappened("The server ended: \(process.logText)") }
            return process.logText.firstMatch(of: /server is listening.*"port":"?([0-9]+)/).map { String($0.1) }
        }
        guard let url = URL(string: "http://127.0.0.1:\(port)") else { throw NeverHappened("no port") }
        return (process, API(url: url, token: try token()))
    }
}

/// A running `suisha`.
final class SuishaProcess: Sendable {
    private let process: Process
    private let installation: Installation
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

    fileprivate init(_ arguments: [String], in installation: Installation, environment: [String: String]) throws {
        self.installation = installation
        log = installation.folder.appending(path: "log-\(UUID().uuidString).txt")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process = Process()
        process.executableURL = Self.products.appending(path: "suisha")
        process.arguments = arguments
        process.currentDirectoryURL = installation.folder
        let home =
            ProcessInfo.processInfo.environment["SUISHA_SPEECH_HOME"]
            ?? Self.project.appending(path: ".build-speech").path
        let settings = [
            "SUISHA_DATA_FOLDER": installation.folder.appending(path: "data").path, "SUISHA_SPEECH_HOME": home,
            "SUISHA_LOG_FORMAT": "json", "SUISHA_WORKER_HEARTBEAT": "500ms", "SUISHA_WORKER_LEASE": "2s",
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": installation.folder.path,
        ]
        process.environment = settings.merging(environment) { $1 }
        let handle = try FileHandle(forWritingTo: log)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var isRunning: Bool { process.isRunning }
    var logText: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

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
