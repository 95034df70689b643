import Endpoints
package import Logging
import Metrics
import Model
package import Storage
import Synchronization

/// The streams of this process. Each is read once for all who listen to it, from the first who comes until a while after the
/// last has gone.
///
/// What it hands out is a view of the database, never a record of its own: what it forgets is read again.
package final class LiveHub: Sendable {
    private struct Key: Hashable {
        let name: LiveStreamName
        let workspace: WorkspaceID
    }

    private struct State {
        var streams: [Key: LiveStream] = [:]
        var hasEnded = false
    }

    /// How long a stream is kept that nobody listens to: until those who lost their connection are back.
    package static let linger: Duration = .seconds(60)
    /// How long reading waits after the first failure, the second and so on.
    private static let pauses: [Duration] = [.milliseconds(50), .milliseconds(200), .seconds(1), .seconds(5)]

    private let reading: any JobReading
    private let descriptions: LiveDescriptions
    private let notices = NoticeSource(epoch: LiveHub.newEpoch())
    private let linger: Duration
    private let logger: Logger
    private let state = Mutex(State())
    /// As many wait as streams were opened before the hub runs; for each somebody waits.
    private let opened: (streams: AsyncStream<LiveStream>, add: AsyncStream<LiveStream>.Continuation)

    package init(
        reading: any JobReading, descriptions: LiveDescriptions, linger: Duration = LiveHub.linger, logger: Logger
    ) {
        self.reading = reading
        self.descriptions = descriptions
        self.linger = linger
        self.logger = logger
        let (streams, add) = AsyncStream.makeStream(of: LiveStream.self)
        opened = (streams, add)
    }

    /// Reads for the streams until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await stream in opened.streams {
                group.addTask { await self.follow(stream) }
            }
            group.cancelAll()
        }
        let streams = state.withLock { state in
            state.hasEnded = true
            defer { state.streams = [:] }
            return Array(state.streams.values)
        }
        for stream in streams { stream.close() }
    }

    /// Tells everybody who listens to `system`.
    package func notify(_ notice: LiveNotice) {
        notices.add(notice)
        let stream = state.withLock { $0.streams[Key(name: .system, workspace: .local)] }
        stream?.bell.ring()
    }

    /// How many streams are followed.
    package var streamCount: Int { state.withLock { $0.streams.count } }

    /// Gives a stream that has been read, until the hold on it is let go of.
    ///
    /// - Throws: `Problem` when there is no such thing in the workspace; why it could not be read.
    func open(_ name: LiveStreamName, in workspace: WorkspaceID) async throws -> StreamHold {
        // Everybody has the same.
        let workspace = name == .system ? .local : workspace
        let hold = try state.withLock { state throws -> StreamHold in
            guard !state.hasEnded else { throw Self.stopping }
            let key = Key(name: name, workspace: workspace)
            if let stream = state.streams[key] { return StreamHold(stream) }
            let stream = LiveStream(name, in: workspace, from: source(of: name, in: workspace))
            state.streams[key] = stream
            Meter(label: MetricNames.streams).set(state.streams.count)
            opened.add.yield(stream)
            return StreamHold(stream)
        }
        try await hold.stream.opened()
        return hold
    }

    static var stopping: Problem {
        Problem(.unavailable, "The server stops; connect again.", retryAfter: .seconds(2))
    }

    private func source(of name: LiveStreamName, in workspace: WorkspaceID) -> any LiveSource {
        switch name {
        case .job(let id): JobSource(id, in: workspace, reading: reading, descriptions: descriptions)
        case .jobs(let id):
            WorkspaceSource(id, reading: reading, descriptions: descriptions, newEpoch: Self.newEpoch)
        case .system: notices
        }
    }

    @Sendable private static func newEpoch() -> String { String(UInt64.random(in: 1 << 40..<1 << 60), radix: 36) }

    private func follow(_ stream: LiveStream) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await stream.source.listen(stream.bell) }
            var failures = 0
            while !Task.isCancelled {
                var again: ContinuousClock.Instant?
                do {
                    again = try await stream.source.look(stream)
                    failures = 0
                } catch let end as LiveSourceEnd {
                    forget(stream)
                    stream.fail(end.refusal)
                    stream.end()
                    break
                } catch {
                    guard !Task.isCancelled else { break }
                    stream.fail(error)
                    if failures == 0 { warn(stream, error) }
                    again = .now + Self.pauses[min(failures, Self.pauses.count - 1)]
                    failures += 1
                }
                if let idle = stream.idleSince {
                    let end = idle + linger
                    if end <= .now, closeIfIdle(stream) { break }
                    again = min(again ?? end, end)
                }
                guard await stream.bell.wait(until: again) else { break }
            }
            group.cancelAll()
        }
    }

    private func closeIfIdle(_ stream: LiveStream) -> Bool {
        state.withLock { state in
            guard stream.closeIfIdle() else { return false }
            Self.remove(stream, from: &state)
            return true
        }
    }

    private func forget(_ stream: LiveStream) { state.withLock { Self.remove(stream, from: &$0) } }

    private static func remove(_ stream: LiveStream, from state: inout State) {
        let key = Key(name: stream.name, workspace: stream.workspace)
        if state.streams[key] === stream { state.streams[key] = nil }
        Meter(label: MetricNames.streams).set(state.streams.count)
    }

    private func warn(_ stream: LiveStream, _ error: any Error) {
        Counter(label: MetricNames.readFailures).increment()
        logger.warning(
            "a live stream cannot be read and is tried again",
            metadata: ["stream": "\(stream.name)", "reason": "\(error)"])
    }
}
