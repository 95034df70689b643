import BlobStore
import CommandJobs
import Conformance
import Engine
import Foundation
import Logging
import Model
import ServiceLifecycle
import Storage
import Testing

/// A worker in this process, on a real database file, that runs one kind of job by a command.
struct CommandTrial: Sendable {
    let store: SQLJobStore
    let kind: CommandKind
    /// A folder for whatever a test needs.
    let folder: URL

    /// Runs `body` beside a worker for a command with these settings.
    static func with(
        _ settings: [String: CommandSetting], environment: [String: String] = [:],
        check body: @escaping @Sendable (CommandTrial) async throws -> Void
    ) async throws {
        let inherited = ["PATH": "/usr/local/bin:/usr/bin:/bin"].merging(environment) { $1 }
        let entry = ["kind": CommandSetting.text("trial")].merging(settings) { $1 }
        let kind = try #require(try CommandKind.all([entry], environment: inherited).first)
        try await DatabaseFixture.sqlite.withDatabase { database in
            let folder = FileManager.default.temporaryDirectory.appending(path: "command-tests-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let trial = CommandTrial(store: SQLJobStore(database: database.database), kind: kind, folder: folder)
            let service = Worker(
                store: trial.store, objects: try await FolderObjectStore.open(folder.appending(path: "objects")),
                kinds: [kind.jobKind], scratch: ScratchFolders(root: folder.appending(path: "scratch")),
                settings: .init(
                    slots: 3, renewal: .milliseconds(100), drainTimeout: .zero, retries: .init(base: .milliseconds(5))),
                logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run() }
                try await body(trial)
                group.cancelAll()
            }
        }
    }

    /// Runs `body` beside a worker that runs a shell script.
    static func withShell(
        _ script: String, _ settings: [String: CommandSetting] = [:], environment: [String: String] = [:],
        check body: @escaping @Sendable (CommandTrial) async throws -> Void
    ) async throws {
        let command = ["command": CommandSetting.list(["sh", "-c", script])]
        try await with(command.merging(settings) { $1 }, environment: environment, check: body)
    }

    func submit(_ input: String = "{}", trace: String? = nil) async throws -> JobID {
        let canonical = try kind.jobKind.validate(JSONText(trusted: input))
        let job = NewJob(
            workspace: .local, kind: kind.name, input: canonical, inputHash: "", maxAttempts: kind.attempts,
            trace: trace)
        return try #require(try await store.submit([job], maximumDepth: 1_000).first).job.id
    }

    func job(_ id: JobID) async throws -> Job { try #require(try await store.job(id, in: .local)) }

    /// The job once it has ended.
    func ended(_ id: JobID) async throws -> Job {
        try await eventually("job \(id) ends") {
            let job = try await job(id)
            return job.state.isTerminal ? job : nil
        }
    }

    /// Submits one job and waits for its end.
    func outcome(of input: String = "{}") async throws -> Job { try await ended(try await submit(input)) }

    /// The job's log so far: levels and messages.
    func log(_ id: JobID) async throws -> [LogLine] {
        try await store.events(of: id, in: .local, after: 0, type: .log, limit: 20_000).map { try $0.data.decode() }
    }
}
