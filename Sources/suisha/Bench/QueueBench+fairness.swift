import Engine
import Model
import ServiceLifecycle
import Storage
import Synchronization

extension QueueBench {
    /// How soon a job of a workspace that has nothing else begins, while another workspace keeps every slot busy.
    struct Newcomer: Codable, Sendable {
        /// Jobs of the other workspace that waited when it began.
        var behind: Int
        /// How long each running job keeps its slot: no slot may get free sooner.
        var slotMilliseconds: Double
        var start: Latency
        var slowest: Double

        private enum CodingKeys: String, CodingKey {
            case behind
            case slotMilliseconds = "slot_ms"
            case start = "start_ms"
            case slowest = "slowest_ms"
        }
    }

    /// How evenly workspaces of the same weight were served until half of all jobs had run.
    struct Shares: Codable, Sendable {
        var workspaces: Int
        var least: Int
        var most: Int
        /// Jain, Chiu and Hawe, "A quantitative measure of fairness" (1984): 1 when all got the same, 1/n when one got all.
        var jain: Double
    }

    /// How often jobs ran under caps, and how often more of them at once than a cap allows.
    struct CapAdmissions: Codable, Sendable {
        var admissions: Int
        var beyond: Int
        var keys: Int
        var limit: Int
        var perSecond: Double

        private enum CodingKeys: String, CodingKey {
            case admissions, beyond, keys, limit
            case perSecond = "per_second"
        }
    }

    private static let newcomers = 200
    private static let slotTime = Duration.milliseconds(20)
    /// What is shared is time: of jobs that take none, only the noise of the machine would be shared evenly.
    private static let sharedTime = Duration.milliseconds(10)

    /// Jobs of one workspace keep four slots busy; 200 times another submits one.
    func timeNewcomers() async throws -> Newcomer {
        progress("enqueueing \(jobs) jobs of one workspace, then one of another, \(Self.newcomers) times")
        let other = WorkspaceID()
        try await enqueue(jobs) { _ in newJob() }
        let (started, start) = AsyncStream.makeStream(of: ContinuousClock.Instant.self)
        let kind = handler { context in
            guard context.job.workspace != other else {
                start.yield(.now)
                return
            }
            try await Task.sleep(for: Self.slotTime)
        }
        let times = try await withThrowingTaskGroup(of: Void.self) { group in
            let service = ServiceGroup(
                configuration: .init(services: [.init(service: worker(kind, slots: 4))], logger: Self.logger))
            group.addTask { try await service.run() }
            // Until the first claims are over.
            try await Task.sleep(for: .seconds(1))
            var times: [Duration] = []
            var starts = started.makeAsyncIterator()
            for _ in 0..<Self.newcomers {
                _ = try await store.submit([newJob(of: other)], maximumDepth: .max)
                let submitted = ContinuousClock.now
                guard let began = await starts.next() else { break }
                times.append(max(.zero, submitted.duration(to: began)))
                try await Task.sleep(for: .milliseconds(Int.random(in: 5...25)))
            }
            // Not cancelled: the jobs that run would wait for the end of their leases.
            await service.triggerGracefulShutdown()
            try await group.waitForAll()
            return times
        }
        let behind = try await depth()
        try await drainAll()
        return Newcomer(
            behind: behind, slotMilliseconds: Self.slotTime.fractionalSeconds * 1_000, start: Latency(times),
            slowest: (times.max() ?? .zero).fractionalSeconds * 1_000)
    }

    /// Each workspace submits all its jobs before the next one does, so that a queue in order of arrival would score badly.
    func measureShares() async throws -> Shares {
        let count = min(1_000, max(jobs / 20, 2))
        let each = jobs / count
        progress("enqueueing \(each) jobs of 10 ms of each of \(count) workspaces and running them")
        let workspaces = (0..<count).map { _ in WorkspaceID() }
        try await enqueue(count * each) { newJob(of: workspaces[$0 / each]) }
        let half = count * each / 2
        let served = Mutex((total: 0, of: [WorkspaceID: Int]()))
        try await drainAll { context in
            served.withLock { served in
                guard served.total < half else { return }
                served.total += 1
                served.of[context.job.workspace, default: 0] += 1
            }
            try await Task.sleep(for: Self.sharedTime)
        }
        let shares = served.withLock { served in workspaces.map { served.of[$0] ?? 0 } }
        let sum = Double(shares.reduce(0, +))
        let squares = shares.reduce(0.0) { $0 + Double($1) * Double($1) }
        return Shares(
            workspaces: count, least: shares.min() ?? 0, most: shares.max() ?? 0,
            jain: squares > 0 ? sum * sum / (Double(count) * squares) : 0)
    }

    /// Each workspace has a cap of its own; a handler yields once, so that jobs overlap wherever they may.
    func countAdmissions() async throws -> CapAdmissions {
        let (keys, limit) = (16, 4)
        progress("running \(jobs) jobs under \(keys) caps of \(limit)")
        let workspaces = (0..<keys).map { _ in WorkspaceID() }
        try await enqueue(jobs) { number in
            let workspace = workspaces[number % keys]
            let caps = CapKey("bench", in: workspace).map { [Cap($0, slots: limit)] } ?? []
            return newJob(of: workspace, caps: caps)
        }
        let running = Mutex((now: [WorkspaceID: Int](), beyond: 0))
        let drained = try await drainAll { context in
            let workspace = context.job.workspace
            running.withLock { running in
                running.now[workspace, default: 0] += 1
                if running.now[workspace, default: 0] > limit { running.beyond += 1 }
            }
            await Task.yield()
            running.withLock { $0.now[workspace, default: 0] -= 1 }
        }
        return CapAdmissions(
            admissions: drained.jobs, beyond: running.withLock(\.beyond), keys: keys, limit: limit,
            perSecond: drained.perSecond)
    }
}
