import BlobStore
import Endpoints
import Engine
import Foundation
import Logging
import Model
import Operations
import Storage
import Synchronization

/// Measures the queue on a database: the real store, the real worker, and a handler that does nothing.
struct QueueBench: Sendable {
    let store: SQLJobStore
    let objects: any ObjectStore
    let folder: URL
    let jobs: Int
    let slots: Int
    let steps: Set<Step>
    let progress: @Sendable (String) -> Void

    /// A part of the benchmark. Each uses what the ones before it left in the queue.
    enum Step: String, CaseIterable, Sendable {
        case enqueue, claim, drain, pickup, newcomer, shares, caps

        /// What `suisha bench queue` measures when it is not told: the speed. The rest is about fairness.
        static let speed: [Step] = [.enqueue, .claim, .drain, .pickup]
    }

    /// What was measured; nil for steps that were left out.
    struct Figures: Codable, Sendable {
        var jobs: Int
        var enqueuePerSecond: Double?
        var drainPerSecond: Double?
        /// How many the drain ran: fewer than there were when other processes drained the same queue.
        var drained: Int?
        var pickup: Latency?
        /// Of taking one job, with nothing else in the queue and behind all the jobs.
        var claim: Claims?
        /// One job of another workspace, behind all the jobs of the first.
        var newcomer: Newcomer?
        var shares: Shares?
        var caps: CapAdmissions?

        private enum CodingKeys: String, CodingKey {
            case jobs
            case enqueuePerSecond = "enqueue_per_second"
            case drainPerSecond = "drain_per_second"
            case drained
            case pickup = "pickup_ms"
            case claim = "claim_ms"
            case newcomer, shares, caps
        }
    }

    /// How long claims take, with few jobs in the queue and with many.
    struct Claims: Codable, Sendable {
        var few: Latency
        var many: Latency
    }

    /// A distribution, in milliseconds.
    struct Latency: Codable, Sendable {
        var p50: Double
        var p95: Double
        var p99: Double

        init(_ times: [Duration]) {
            let sorted = times.map { $0.fractionalSeconds * 1_000 }.sorted()
            func at(_ share: Double) -> Double {
                sorted.isEmpty ? 0 : sorted[min(Int((Double(sorted.count) * share).rounded(.down)), sorted.count - 1)]
            }
            (p50, p95, p99) = (at(0.5), at(0.95), at(0.99))
        }
    }

    /// The kind of its jobs: nobody else may have any while it runs.
    static let kind: String = "bench"
    private static let pieces = 5_000
    private static let pickups = 200
    private static let claims = 1_000
    private static let few = 1_000

    func run() async throws -> Figures {
        var figures = Figures(jobs: jobs)
        var few: Latency?
        if steps.contains(.claim) {
            progress("timing \(Self.claims) claims from a short queue")
            try await enqueue(Self.few)
            few = try await timeClaims()
        }
        if steps.contains(.enqueue) {
            progress("enqueueing \(jobs) jobs")
            let begin = ContinuousClock.now
            try await enqueue(jobs)
            figures.enqueuePerSecond = Double(jobs) / begin.duration(to: .now).fractionalSeconds
        }
        if let few {
            progress("timing \(Self.claims) claims from the long one")
            figures.claim = Claims(few: few, many: try await timeClaims())
        }
        if steps.contains(.drain) {
            progress("draining them")
            let drain = try await drainAll()
            (figures.drained, figures.drainPerSecond) = (drain.jobs, drain.perSecond)
        }
        if steps.contains(.pickup) {
            progress("timing the pickup of \(Self.pickups) jobs by an idle worker")
            figures.pickup = try await timePickups()
        }
        if steps.contains(.newcomer) { figures.newcomer = try await timeNewcomers() }
        if steps.contains(.shares) { figures.shares = try await measureShares() }
        if steps.contains(.caps) { figures.caps = try await countAdmissions() }
        return figures
    }

    func newJob(of workspace: WorkspaceID = .local, band: Band = .batch, caps: [Cap] = []) -> NewJob {
        NewJob(workspace: workspace, kind: Self.kind, input: .emptyObject, inputHash: "", band: band, caps: caps)
    }

    /// Submits this many jobs, in pieces of at most 5,000.
    func enqueue(_ count: Int, _ job: (Int) -> NewJob) async throws {
        for first in stride(from: 0, to: count, by: Self.pieces) {
            let piece = (first..<min(first + Self.pieces, count)).map(job)
            _ = try await store.submit(piece, maximumDepth: .max)
        }
    }

    private func enqueue(_ count: Int) async throws { try await enqueue(count) { _ in newJob() } }

    /// Claims one job at a time and ends it.
    private func timeClaims() async throws -> Latency {
        let session = WorkerSession(
            id: WorkerSessionID(), host: HostProcess.host(), process: HostProcess.current(),
            isAlive: HostProcess.isAlive)
        try await store.openSession(session, lasting: .seconds(600))
        var times: [Duration] = []
        for number in 0..<Self.claims {
            let begin = ContinuousClock.now
            let claimed = try await store.claim(kinds: [Self.kind], limit: 1, for: session.id)
            // The first ones warm connections and statements up.
            if number >= 50 { times.append(begin.duration(to: .now)) }
            for leased in claimed { try await store.finish(.succeeded(.emptyObject), under: leased.lease) }
        }
        try await store.closeSession(session.id)
        return Latency(times)
    }

    func depth() async throws -> Int { try await store.depth().reduce(0) { $0 + $1.count } }

    /// Runs all jobs there are; `body` is the handler.
    @discardableResult
    func drainAll(
        running body: @escaping @Sendable (JobContext) async throws -> Void = { _ in }
    ) async throws -> (jobs: Int, perSecond: Double) {
        let left = try await depth()
        guard left > 0 else { throw StorageError(.notFound, "There are no jobs to drain; enqueue some first.") }
        let done = Count()
        let (finished, finish) = AsyncStream.makeStream(of: Void.self)
        let kind = handler { context in
            try await body(context)
            if done.increment() == left { finish.finish() }
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            let begin = ContinuousClock.now
            group.addTask { try await worker(kind).run() }
            // Another process may drain the same queue: when nothing has come for a while, nothing may be left.
            group.addTask {
                var before = -1
                while true {
                    try await Task.sleep(for: .milliseconds(100))
                    let now = done.value
                    if now == before, try await depth() == 0 { break }
                    before = now
                }
                finish.finish()
            }
            for await _ in finished {}
            // The last outcomes are on their way; nothing counts before it is stored.
            while try await depth() > 0 { try await Task.sleep(for: .milliseconds(1)) }
            let elapsed = begin.duration(to: .now)
            group.cancelAll()
            let ran = done.value
            return (jobs: ran, perSecond: Double(ran) / elapsed.fractionalSeconds)
        }
    }

    private func timePickups() async throws -> Latency {
        let (started, start) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
        let kind = handler { _ in start.yield(.now) }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker(kind).run() }
            var times: [Duration] = []
            var starts = started.makeAsyncIterator()
            for number in 0..<(Self.pickups + 10) {
                _ = try await store.submit([newJob(band: .interactive)], maximumDepth: .max)
                let submitted = ContinuousClock.now
                guard let began = await starts.next() else { break }
                // The first ones warm connections and statements up.
                if number >= 10 { times.append(max(.zero, submitted.duration(to: began))) }
                try await Task.sleep(for: .milliseconds(20))
            }
            group.cancelAll()
            return Latency(times)
        }
    }

    func handler(_ body: @escaping @Sendable (JobContext) async throws -> Void) -> JobKind {
        JobKind(name: Self.kind, summary: "Does nothing", input: .any, stages: [], validate: { $0 }) { context in
            try await body(context)
            return .emptyObject
        }
    }

    /// A worker for the benchmark's jobs; with as many slots as the benchmark was told unless given.
    func worker(_ kind: JobKind, slots: Int? = nil) -> Worker {
        Worker(
            store: store, objects: objects, kinds: [kind], scratch: ScratchFolders(root: folder),
            settings: .init(slots: slots ?? self.slots, drainTimeout: .seconds(1)),
            logger: Self.logger)
    }

    static let logger: Logger = Logger(label: "bench") { label in
        LineLogHandler(label: label, level: .warning, form: .text, write: LogSink.standardError.write)
    }
}

/// A number that several tasks raise.
private final class Count: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }

    func increment() -> Int { count.add(1, ordering: .relaxed).newValue }
}
