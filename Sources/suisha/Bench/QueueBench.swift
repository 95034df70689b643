import BlobStore
import Endpoints
import Engine
import Foundation
import Logging
import Model
import Storage
import Synchronization

/// Measures the queue on a database: the real store, the real worker, and a handler that does nothing.
struct QueueBench: Sendable {
    let store: SQLJobStore
    let objects: any ObjectStore
    let folder: URL
    let jobs: Int
    let slots: Int
    let progress: @Sendable (String) -> Void

    /// What was measured.
    struct Figures: Codable, Sendable {
        var jobs: Int
        var enqueuePerSecond: Double
        var drainPerSecond: Double
        var pickup: Pickup

        private enum CodingKeys: String, CodingKey {
            case jobs
            case enqueuePerSecond = "enqueue_per_second"
            case drainPerSecond = "drain_per_second"
            case pickup = "pickup_ms"
        }
    }

    /// From the return of the submission to the first line of the handler, in milliseconds.
    struct Pickup: Codable, Sendable {
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

    func run() async throws -> Figures {
        progress("enqueueing \(jobs) jobs")
        let enqueue = try await enqueueAll()
        progress("draining them")
        let drain = try await drainAll()
        progress("timing the pickup of \(Self.pickups) jobs by an idle worker")
        let pickup = try await timePickups()
        return Figures(jobs: jobs, enqueuePerSecond: enqueue, drainPerSecond: drain, pickup: pickup)
    }

    private func newJob(band: Band = .batch) -> NewJob {
        NewJob(workspace: .local, kind: Self.kind, input: .emptyObject, inputHash: "", band: band)
    }

    private func enqueueAll() async throws -> Double {
        let begin = ContinuousClock.now
        var left = jobs
        while left > 0 {
            let count = min(left, Self.pieces)
            _ = try await store.submit((0..<count).map { _ in newJob() }, maximumDepth: .max)
            left -= count
        }
        return Double(jobs) / begin.duration(to: .now).fractionalSeconds
    }

    private func drainAll() async throws -> Double {
        let done = Atomic<Int>(0)
        let (finished, finish) = AsyncStream.makeStream(of: Void.self)
        let kind = handler { _ in
            if done.add(1, ordering: .relaxed).newValue == jobs { finish.finish() }
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            let begin = ContinuousClock.now
            group.addTask { try await worker(kind).run() }
            for await _ in finished {}
            // The last outcomes are on their way; nothing counts before it is stored.
            while try await store.depth().contains(where: { $0.count > 0 }) {
                try await Task.sleep(for: .milliseconds(1))
            }
            let elapsed = begin.duration(to: .now)
            group.cancelAll()
            return Double(jobs) / elapsed.fractionalSeconds
        }
    }

    private func timePickups() async throws -> Pickup {
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
            return Pickup(times)
        }
    }

    private func handler(_ body: @escaping @Sendable (JobContext) -> Void) -> JobKind {
        JobKind(name: Self.kind, summary: "Does nothing", input: .any, stages: [], validate: { $0 }) { context in
            body(context)
            return .emptyObject
        }
    }

    private func worker(_ kind: JobKind) -> Worker {
        Worker(
            store: store, objects: objects, kinds: [kind], scratch: ScratchFolders(root: folder),
            settings: .init(slots: slots, drainTimeout: .seconds(1)),
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    }
}
