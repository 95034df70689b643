import BlobStore
import Endpoints
import Engine
import Foundation
import Live
import Logging
import Model
import SQLiteStore
import ServiceLifecycle
import Storage
import Tenancy
import Traces

@testable import Web

/// A whole server in this process: real SQLite file, real folder of objects, real worker, real sockets, and kinds of jobs that
/// the test steers.
struct TestServer: Sendable {
    let port: Int
    let store: SQLJobStore
    let objects: any ObjectStore
    let workers: OutsideWorkService
    let signIn: SignIn
    let steering: Steering
    let clock: MovableClock
    /// Browsers reach it by https, through a proxy.
    let isSecure: Bool
    /// Those of people, where the test asked for them.
    let accounts: TestAccounts?
    private let stop: @Sendable () async -> Void

    static let token = "a-token-of-the-tests-0123456789"

    /// Runs `body` beside a server and takes everything down afterwards.
    static func with(
        _ change: (inout WebSettings) -> Void = { _ in }, checks: [HealthCheck] = [], worker: Bool = true,
        limits: String = "", accounts: Bool = false, tracer: SpanTracer? = nil,
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("web-tests-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var settings = WebSettings(port: 0, shutdownLimit: .seconds(3))
        change(&settings)
        let database = try SQLiteDatabase(SQLiteSettings(path: folder.appendingPathComponent("jobs.db").path))
        _ = try await database.migrate(Migration.all + TenancyMigrations.all + LiveMigrations.all)
        let objects = try await FolderObjectStore.open(folder.appendingPathComponent("objects"))
        do {
            try await run(settings, folder, database, objects, checks, worker, limits, accounts, tracer, body)
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    private static func run(
        _ settings: WebSettings, _ folder: URL, _ database: SQLiteDatabase, _ objects: any ObjectStore,
        _ checks: [HealthCheck], _ worker: Bool, _ limits: String, _ hasAccounts: Bool, _ tracer: SpanTracer?,
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let store = SQLJobStore(database: database)
        let steering = Steering()
        let kinds = TestKinds.all(steering)
        let clock = MovableClock()
        let signIn = SignIn(token: Secret(token), now: { clock.now })
        let serverKey = ServerKey(Secret(token))
        let limiter = RateLimiter(store: MemoryRateWindows(), limits: try RateLimits(changes: limits), logger: logger)
        let isSecure = settings.publicOrigin?.hasPrefix("https://") ?? false
        let accounts =
            try await hasAccounts ? TestAccounts.make(on: database, limiter: limiter, isSecure: isSecure) : nil
        let sample = folder.appendingPathComponent("sample.wav")
        try Data("a sample recording".utf8).write(to: sample)
        let outsideKinds = OutsideKinds(store: store)
        let workers = OutsideWorkService(
            store: store, reading: store, objects: objects, ownKinds: kinds, kinds: outsideKinds)
        let parts = ServerParts(
            settings: settings,
            service: JobService(
                submissions: store, objects: objects, kinds: kinds, outsideKinds: outsideKinds,
                bounds: .init(total: 2_000)),
            submissions: store, reading: store, queues: store, schedules: store, objects: objects, kinds: kinds,
            workers: workers, endpoints: accounts?.endpoints ?? [], schemas: hasAccounts ? TenancySchemas.all : [:],
            signIn: signIn, accounts: accounts?.parts, serverKey: serverKey, limiter: limiter,
            keptAnswers: KeptAnswers(store: AnswerStore(database: database), server: serverKey, logger: logger),
            tickets: LiveTickets(database: database, server: serverKey), checks: checks, metrics: { "suisha_up 1\n" },
            tracer: tracer,
            start: StartForm(
                kind: "copy", accepts: "audio/*", languages: ["en", "ja"],
                sample: .init(file: sample, contentType: "audio/wav")),
            version: "test", logger: logger)
        let bound = Signal<Int>()
        let server = try WebServer(parts) { bound.send($0) }
        var services: [any Service] = [server]
        if worker {
            services.append(
                Worker(
                    store: store, objects: objects, kinds: kinds,
                    scratch: ScratchFolders(root: folder.appendingPathComponent("scratch")),
                    settings: .init(slots: 4, drainTimeout: .seconds(2)), tracer: tracer, logger: logger))
        }
        let group = ServiceGroup(services: services, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            tasks.addTask {
                let port = try await bound.value(within: .seconds(60))
                let server = TestServer(
                    port: port, store: store, objects: objects, workers: workers, signIn: signIn, steering: steering,
                    clock: clock, isSecure: settings.publicOrigin?.hasPrefix("https:") ?? false, accounts: accounts,
                    stop: { await group.triggerGracefulShutdown() })
                do {
                    try await body(server)
                } catch {
                    steering.releaseAll()
                    await group.triggerGracefulShutdown()
                    throw error
                }
                steering.releaseAll()
                await group.triggerGracefulShutdown()
            }
            try await tasks.waitForAll()
        }
    }

    /// Begins a graceful shutdown, as SIGTERM does.
    func shutDown() async { await stop() }

    /// The cookie of a signed-in browser.
    var cookie: String { String(signIn.cookie(secure: isSecure).prefix { $0 != ";" }) }

    /// How many uploads lie in the object store.
    func uploads() async throws -> Int {
        try await objects.list(prefix: "uploads/", after: nil, limit: 10_000).count
    }

    /// Waits until a job is in one of `states`, by its signals.
    func wait(for id: String, toBe states: Set<JobState>) async throws -> Job {
        guard let id = JobID(id) else { throw TestFailure("'\(id)' is no job id") }
        let signals = store.changes(of: id)
        return try await within(.seconds(60), "job \(id) to be \(states)") {
            if let job = try await store.job(id, in: .local), states.contains(job.state) { return job }
            for await _ in signals {
                if let job = try await store.job(id, in: .local), states.contains(job.state) { return job }
            }
            throw TestFailure("the store closed")
        }
    }
}
