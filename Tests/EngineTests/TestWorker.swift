import BlobStore
import Conformance
import Endpoints
import Engine
import Foundation
import Logging
import Model
import ServiceLifecycle
import Storage
import Testing
import Traces

/// A worker in this process on a real database file and a real folder of objects, with one kind of job: `trial`.
struct TestWorker: Sendable {
    let store: SQLJobStore
    let objects: any ObjectStore
    private let folder: URL

    static let slots: Int = 3

    /// Runs `body` beside a worker whose jobs run `handler`, which also gets the number of the attempt.
    static func with(
        timeout: Duration = .seconds(600), faults: [LossyLeases.Fault] = [], tracer: SpanTracer? = nil,
        _ handler: @escaping @Sendable (JobContext, Int) async throws -> JSONText,
        check body: @escaping @Sendable (TestWorker) async throws -> Void
    ) async throws {
        try await DatabaseFixture.sqlite.withDatabase { trial in
            let folder = FileManager.default.temporaryDirectory.appending(path: "worker-tests-\(UUID())")
            defer { try? FileManager.default.removeItem(at: folder) }
            let worker = TestWorker(
                store: SQLJobStore(database: trial.database),
                objects: try await FolderObjectStore.open(folder.appending(path: "objects")), folder: folder)
            let kind = JobKind(
                name: "trial", summary: "Tries", input: .any, stages: [], timeout: timeout, validate: { $0 }
            ) { context in
                try await handler(context, context.job.attempt)
            }
            let service = Worker(
                store: LossyLeases(worker.store, faults), objects: worker.objects, kinds: [kind],
                scratch: ScratchFolders(root: worker.scratch),
                settings: .init(
                    slots: slots, renewal: .milliseconds(100), drainTimeout: .zero,
                    retries: .init(base: .milliseconds(5))),
                tracer: tracer, logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run() }
                try await body(worker)
                group.cancelAll()
            }
        }
    }

    func submit(kind: String = "trial", maxAttempts: Int = 5, trace: String? = nil) async throws -> JobID {
        let job = NewJob(
            workspace: .local, kind: kind, input: .emptyObject, inputHash: "", maxAttempts: maxAttempts, trace: trace)
        return try #require(try await store.submit([job], maximumDepth: 1_000).first).job.id
    }

    /// The job once it has ended.
    func ended(_ id: JobID) async throws -> Job {
        try await eventually("job \(id) ends") {
            guard let job = try await store.job(id, in: .local), job.state.isTerminal else { return nil }
            return job
        }
    }

    func scratchFolders() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: scratch.path).flatMap { process in
            try FileManager.default.contentsOfDirectory(atPath: scratch.appending(path: process).path)
        }
    }

    private var scratch: URL { folder.appending(path: "scratch") }
}
