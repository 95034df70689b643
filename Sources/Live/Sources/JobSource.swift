import Endpoints
import Model
import Storage
import Synchronization

/// The journal of one job, whose positions are the numbers of the events, and its progress in between.
final class JobSource: LiveSource {
    private struct State {
        var seq: Int64?
        var progress: JobProgress?
        var progressDue = ContinuousClock.now
    }

    /// Journals begin once and never anew.
    static let epoch = "1"
    /// The shortest time between two reports of progress.
    static let progressInterval: Duration = .milliseconds(250)
    private static let page = 200

    private let id: JobID
    private let workspace: WorkspaceID
    private let reading: any JobReading
    private let descriptions: LiveDescriptions
    private let changes: AsyncStream<Void>
    private let state = Mutex(State())

    init(_ id: JobID, in workspace: WorkspaceID, reading: any JobReading, descriptions: LiveDescriptions) {
        self.id = id
        self.workspace = workspace
        self.reading = reading
        self.descriptions = descriptions
        changes = reading.changes(of: id)
    }

    func listen(_ bell: Bell) async { for await _ in changes { bell.ring() } }

    func look(_ stream: LiveStream) async throws -> ContinuousClock.Instant? {
        // The job first: what its row says has happened is then in the journal.
        let job = try await job()
        if let seq = state.withLock({ $0.seq }) {
            try await read(after: seq, to: job.position) { frames, last in
                stream.publish(frames)
                state.withLock { $0.seq = last }
            }
        } else {
            // So many as are kept, so that all who come back at once are answered from memory.
            let start = max(0, job.position - Int64(StreamState.capacity))
            var events = StreamState(epoch: Self.epoch, seq: start)
            try await read(after: start, to: job.position) { frames, _ in
                for frame in frames { if let position = frame.position { events.append(frame, seq: position.seq) } }
            }
            // Only now: a first reading that failed halfway begins again, because nobody has what it read.
            state.withLock { $0.seq = max(events.seq, job.position) }
            stream.open(events)
        }
        return try publishProgress(of: job, stream)
    }

    func snapshot(of stream: LiveStream) async throws -> LiveSnapshot {
        let job = try await job()
        // A job that is ahead of what was published has its events published next; they are in the snapshot already.
        return LiveSnapshot(
            position: LivePosition(epoch: Self.epoch, seq: job.position), data: try await descriptions.detail(job))
    }

    private func job() async throws -> Job {
        guard let job = try await reading.job(id, in: workspace) else {
            throw LiveSourceEnd(refusal: Problem(.notFound, "There is no job \(id)."))
        }
        return job
    }

    /// Reads page by page; each goes to `take` with the number of its last event.
    private func read(after seq: Int64, to end: Int64, _ take: ([LiveFrame], Int64) -> Void) async throws {
        var seq = seq
        while seq < end {
            let events = try await reading.events(of: id, in: workspace, after: seq, type: nil, limit: Self.page)
            guard let last = events.last else { return }
            take(
                events.map { event in
                    .event(
                        event.type.rawValue, of: .job(id), epoch: Self.epoch, seq: event.position, at: event.at,
                        data: event.data)
                }, last.position)
            seq = last.position
        }
    }

    /// - Returns: when progress that came too soon after the last may be told.
    private func publishProgress(of job: Job, _ stream: LiveStream) throws -> ContinuousClock.Instant? {
        guard let progress = job.progress, !job.state.isTerminal else {
            state.withLock { $0.progress = nil }
            stream.publish(tick: nil)
            return nil
        }
        let due: ContinuousClock.Instant? = state.withLock { state in
            guard progress != state.progress else { return nil }
            guard ContinuousClock.now >= state.progressDue else { return state.progressDue }
            state.progress = progress
            state.progressDue = .now + Self.progressInterval
            return .now
        }
        guard let due, due <= .now else { return due }
        stream.publish(
            tick: .event(
                JobEvent.Kind.progress.rawValue, of: .job(id), epoch: Self.epoch, seq: nil,
                data: try JSONText(encoding: ProgressTick(state: job.state, progress: progress))))
        return nil
    }
}

/// Progress between two journal entries.
private struct ProgressTick: Encodable {
    let state: JobState
    let progress: JobProgress
}
