import Metrics
import Model
import NIOCore
import Storage
import Synchronization

/// One connection, on which many calls are under way at once. It ends once and for all with the first failure.
final class RedisConnection: Sendable {
    private typealias Waiter = CheckedContinuation<Result<[RESPValue], StorageError>, Never>

    private struct State {
        var pipeline: CommandPipeline<Waiter>
        var failure: StorageError?
        var isFinishing = false
        var heard = NIODeadline.now()
    }

    /// The number of a call, set in the lock that its cancellation takes as well.
    private final class Ticket: Sendable {
        let number = Mutex<Int?>(nil)
    }

    let place: String
    private let settings: RedisSettings
    private let channel: any Channel
    private let onPush: @Sendable ([RESPValue]) -> Void
    private let state: Mutex<State>
    private let end: EventLoopPromise<StorageError>
    private let commands = Counter(label: MetricNames.commands)
    private let latency = Recorder(label: MetricNames.latency, aggregate: true)

    init(
        _ settings: RedisSettings, place: String, on channel: any Channel,
        onPush: @escaping @Sendable ([RESPValue]) -> Void
    ) {
        self.place = place
        self.settings = settings
        self.channel = channel
        self.onPush = onPush
        end = channel.eventLoop.makePromise()
        state = Mutex(
            State(pipeline: .init(commandLimit: settings.inFlightLimit, byteLimit: settings.inFlightBytes)))
    }

    /// Sends commands in their order, without waiting for earlier calls, and returns their replies; error replies are
    /// among them.
    ///
    /// - Throws: `busy` when too much is under way; `tooLarge`; `unavailable` when the connection ends before the last
    ///   reply, and then nobody knows what was done; `canceled` when the task is cancelled, and the same holds.
    func send(_ commands: [RedisCommand]) async throws(StorageError) -> [RESPValue] {
        let ticket = Ticket()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { enter(commands, $0, ticket) }
        } onCancel: {
            let waiter = state.withLock { state in ticket.number.withLock { $0 }.flatMap { state.pipeline.abandon($0) }
            }
            waiter?.resume(returning: .failure(.canceledCall))
        }
        return try result.get()
    }

    /// Ends the connection when what is under way is answered, at the latest after `limit`.
    func finish(within limit: Duration) async {
        let isIdle = state.withLock { state in
            state.isFinishing = true
            return state.pipeline.isEmpty
        }
        if isIdle {
            fail(.closed(place))
        } else {
            channel.eventLoop.scheduleTask(in: .init(limit)) { self.fail(.closed(self.place)) }
        }
        _ = await ended()
    }

    /// Waits for the end, and says why.
    func ended() async -> StorageError {
        (try? await end.futureResult.get()) ?? .closed(place)
    }

    /// Ends the connection and all calls on it; only the first reason counts.
    func fail(_ reason: StorageError) {
        let calls = state.withLock { state -> [CommandPipeline<Waiter>.Call]? in
            guard state.failure == nil else { return nil }
            state.failure = reason
            return state.pipeline.removeAll()
        }
        guard let calls else { return }
        channel.close(promise: nil)
        for call in calls { call.waiter?.resume(returning: .failure(.unanswered(reason))) }
        end.succeed(reason)
    }

    private func enter(_ commands: [RedisCommand], _ waiter: Waiter, _ ticket: Ticket) {
        let entry: Result<Bool, StorageError> = state.withLock { state in
            if let failure = state.failure {
                return .failure(.init(.unavailable, failure.message, underlying: failure))
            }
            guard !state.isFinishing else { return .failure(.closed(place)) }
            guard !Task.isCancelled else { return .failure(.canceledCall) }
            switch state.pipeline.admit(commands, waiter, now: .now()) {
            case .accepted(let number, let mustWrite):
                ticket.number.withLock { $0 = number }
                return .success(mustWrite)
            case .full:
                return .failure(
                    .init(
                        .busy,
                        """
                        Redis at \(place): as many commands are under way as may be (\(settings.inFlightLimit)). Send \
                        fewer at once, or raise 'in_flight' in its URL.
                        """))
            case .tooLarge:
                return .failure(
                    .init(.tooLarge, "Redis at \(place): one call has more commands or bytes than may be under way."))
            }
        }
        switch entry {
        case .success(let mustWrite):
            self.commands.increment(by: commands.count)
            // Everything that comes until the loop gets there goes out in one piece.
            if mustWrite { channel.eventLoop.execute { self.write() } }
        case .failure(let error): waiter.resume(returning: .failure(error))
        }
    }

    // MARK: On the channel's loop

    /// Begins to watch: that the oldest call is answered in time, and that an idle connection is alive.
    func start() {
        // Looking now and then costs less than a timer for every call; a deadline passes up to a tenth late.
        let interval = min(settings.commandTimeout, settings.keepAlive).microseconds / 10
        channel.eventLoop.scheduleRepeatedTask(
            initialDelay: .microseconds(interval), delay: .microseconds(max(interval, 1_000))
        ) { task in
            if !self.watch() { task.cancel() }
        }
    }

    func receive(_ replies: [RESPValue]) {
        var pushes: [[RESPValue]] = []
        var problem: StorageError?
        let (done, isFinished) = state.withLock { state in
            var done: [CommandPipeline<Waiter>.Call] = []
            state.heard = .now()
            for reply in replies {
                switch reply {
                case .push(let items):
                    pushes.append(items)
                    continue
                case .error(let text) where StorageError.isReadOnlyReply(text): problem = .reply(text, place)
                default: break
                }
                switch state.pipeline.receive(reply) {
                case .more: break
                case .done(let call): done.append(call)
                case .unexpected: problem = .lost(place, "it answered what nobody asked")
                }
            }
            return (done, state.isFinishing && state.pipeline.isEmpty)
        }
        let now = NIODeadline.now()
        for call in done {
            latency.record(Double((now - call.began).nanoseconds) / 1e9)
            call.waiter?.resume(returning: .success(call.replies))
        }
        for items in pushes { onPush(items) }
        if let problem { fail(problem) } else if isFinished { fail(.closed(place)) }
    }

    private func write() {
        let bytes = state.withLock { $0.pipeline.takeUnwritten() }
        if bytes.readableBytes > 0 { channel.writeAndFlush(bytes, promise: nil) }
    }

    /// False when the connection has ended.
    private func watch() -> Bool {
        enum Finding { case ended, late, fine, write }
        let finding: Finding = state.withLock { state in
            let now = NIODeadline.now()
            guard state.failure == nil else { return .ended }
            if let oldest = state.pipeline.oldest {
                return now - oldest >= .init(settings.commandTimeout) ? .late : .fine
            }
            guard now - state.heard >= .init(settings.keepAlive), !state.isFinishing else { return .fine }
            _ = state.pipeline.admit([RedisCommand("PING")], nil, now: now)
            return .write
        }
        switch finding {
        case .ended: return false
        case .late: fail(.late(place, settings.commandTimeout))
        case .write: write()
        case .fine: break
        }
        return true
    }
}
