import Dispatch
import GRDB
import Storage
import Synchronization

/// The one writer: takes bodies from many callers and commits them in groups.
///
/// A group goes on while bodies are waiting, for at most the group window or limit; then one COMMIT, and so one sync of the
/// disk, makes all of them durable. A caller that is alone never waits for others.
final class WriteQueue: Sendable {
    private struct State {
        var waiting: [any AnyQueuedWrite] = []
        var head = 0
        /// Ahead of all others, and not among those that the bound counts.
        var urgent: [any AnyQueuedWrite] = []
        var scheduled = false
        var sweeping = false
        var closed = false

        var count: Int { waiting.count - head }

        var isEmpty: Bool { count == 0 && urgent.isEmpty }

        mutating func next() -> (any AnyQueuedWrite)? {
            if !urgent.isEmpty { return urgent.removeFirst() }
            guard head < waiting.count else { return nil }
            defer {
                head += 1
                if head == waiting.count || head >= 1024 {
                    waiting.removeFirst(head)
                    head = 0
                }
            }
            return waiting[head]
        }
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "suisha.sqlite.writer")
    private let pool: DatabasePool
    private let settings: SQLiteSettings
    private let hub: SignalHub
    /// The version that the last look at the file saw; it moves when another connection commits.
    private let seenVersion: Mutex<Int64?>
    private let poll = Mutex<(any DispatchSourceTimer)?>(nil)

    init(pool: DatabasePool, settings: SQLiteSettings, hub: SignalHub) {
        self.pool = pool
        self.settings = settings
        self.hub = hub
        // Before anybody can wait for signals, so that no commit falls between the two.
        seenVersion = Mutex(Self.version(pool))
    }

    /// Runs `body` in a group and returns after the group is durable.
    func write<Value: Sendable>(
        isUrgent: Bool, _ body: @escaping QueuedWrite<Value>.Body
    ) async throws(StorageError) -> Value {
        let write = QueuedWrite(path: settings.path, timeout: settings.turnTimeout, body)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if write.wait(continuation) { enqueue(write, isUrgent: isUrgent) }
            }
        } onCancel: {
            write.cancel()
        }
        return try result.get()
    }

    /// Runs `work` on the writer's connection, between groups.
    func exclusively<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws(StorageError) -> Value {
        let result: Result<Value, StorageError> = await withCheckedContinuation { continuation in
            queue.async { [self] in
                do {
                    if state.withLock({ $0.closed }) { throw StorageError.closed(settings.path) }
                    continuation.resume(returning: .success(try pool.writeWithoutTransaction(work)))
                } catch {
                    continuation.resume(returning: .failure(StorageError(grdb: error, path: settings.path)))
                }
            }
        }
        return try result.get()
    }

    /// Refuses new writes and returns when those that were waiting are done.
    func close() async {
        state.withLock { $0.closed = true }
        poll.withLock { timer in
            timer?.cancel()
            timer = nil
        }
        await withCheckedContinuation { continuation in afterWaiting { continuation.resume() } }
    }

    private func afterWaiting(_ done: @escaping @Sendable () -> Void) {
        queue.async { [self] in
            state.withLock { $0.isEmpty } ? done() : afterWaiting(done)
        }
    }

    private func enqueue(_ write: any AnyQueuedWrite, isUrgent: Bool) {
        let (refusal, schedule, sweep) = state.withLock { state -> (StorageError?, Bool, Bool) in
            guard !state.closed else { return (.closed(settings.path), false, false) }
            if isUrgent {
                state.urgent.append(write)
            } else {
                guard state.count < settings.writeQueue else { return (full, false, false) }
                state.waiting.append(write)
            }
            defer { (state.scheduled, state.sweeping) = (true, true) }
            return (nil, !state.scheduled, !state.sweeping)
        }
        if let refusal { write.finish(refusal) }
        if schedule { queue.async { self.commitGroup() } }
        if sweep { scheduleSweep(after: settings.turnTimeout) }
    }

    /// One timer for all: everyone waits equally long, so the first of each line is its first to give up.
    private func scheduleSweep(after delay: Duration) {
        DispatchQueue.global().asyncAfter(deadline: .now() + delay.timeInterval) { [weak self] in self?.sweep() }
    }

    private func sweep() {
        let now = ContinuousClock.now
        let (late, next) = state.withLock { state -> ([any AnyQueuedWrite], ContinuousClock.Instant?) in
            let lines = [state.waiting[state.head...], state.urgent[...]]
            let next = lines.compactMap { line in line.first { $0.deadline > now }?.deadline }.min()
            state.sweeping = next != nil
            // They keep their place until the writer passes over them, so the bound on the queue holds.
            return (lines.flatMap { line in line.prefix { $0.deadline <= now } }, next)
        }
        for write in late { write.giveUp() }
        if let next { scheduleSweep(after: next - now) }
    }

    private var full: StorageError {
        .init(
            .busy,
            "SQLite database '\(settings.path)': \(settings.writeQueue) writes wait already. Send fewer or try again later."
        )
    }

    private func next() -> (any AnyQueuedWrite)? { state.withLock { $0.next() } }

    // MARK: On the writer's thread

    private func commitGroup() {
        var group = WriteGroup(limit: settings.groupLimit, window: settings.groupWindow, path: settings.path)
        do {
            try pool.writeWithoutTransaction { database in
                try database.beginTransaction(.immediate)
                group.run(on: database, next: next)
                try group.end(database)
            }
            group.finish(nil)
            hub.signal(group.announcements)
        } catch {
            let failure = StorageError(grdb: error, path: settings.path)
            if group.isEmpty { refuseWaiting(failure) }
            group.finish(failure)
        }
        let more = state.withLock { state in
            state.scheduled = !state.isEmpty
            return state.scheduled
        }
        if more { queue.async { self.commitGroup() } }
    }

    /// Tells those who wait now that no transaction could begin, so that they do not each wait for the same lock.
    private func refuseWaiting(_ failure: StorageError) {
        for _ in 0..<settings.groupLimit {
            guard let write = next() else { return }
            if write.begin() { write.finish(failure) }
        }
    }

    /// Starts to look for commits of other processes; does nothing when that goes on already.
    func watchOtherWriters() {
        let closed = state.withLock { $0.closed }
        poll.withLock { timer in
            guard timer == nil, !closed else { return }
            let started = DispatchSource.makeTimerSource(queue: queue)
            let interval = DispatchTimeInterval.nanoseconds(Int(settings.pollInterval.timeInterval * 1e9))
            started.schedule(deadline: .now(), repeating: interval, leeway: .milliseconds(20))
            started.setEventHandler { [weak self] in self?.lookForOtherWriters() }
            started.resume()
            timer = started
        }
    }

    /// `data_version` on the writer's connection stays the same over its own commits, and every write of this process is
    /// one of those: a change means another process.
    private func lookForOtherWriters() {
        guard let version = Self.version(pool) else { return }
        let changed = seenVersion.withLock { seen in
            defer { seen = version }
            return seen != version
        }
        if changed { hub.signalAll() }
    }

    private static func version(_ pool: DatabasePool) -> Int64? {
        try? pool.writeWithoutTransaction { try Int64.fetchOne($0, sql: "PRAGMA data_version") }
    }
}
