import Endpoints
import Model
import Storage
import Synchronization

/// The list of a workspace's jobs, as changes of single jobs of which the last counts.
///
/// Nobody numbers the changes of a workspace in the database, because then all its jobs would wait for one row. They are
/// numbered here, under an epoch of this process, and a reader who comes from another one starts with a snapshot.
final class WorkspaceSource: LiveSource {
    private struct State {
        var isOpen = false
        /// The positions of jobs that were told, and whether they had ended.
        var told: [JobID: (position: Int64, ended: Bool)] = [:]
        var lastLook: ContinuousClock.Instant?
        var change: ChangedParts.Change = .parts([])
    }

    /// Jobs in a snapshot.
    static let length = 100
    /// The newest jobs that are compared when nobody knows what changed.
    private static let window = 200
    /// More jobs than this are not remembered.
    private static let memory = 5_000
    /// The shortest time between two looks.
    static let interval: Duration = .milliseconds(100)

    private let workspace: WorkspaceID
    private let reading: any JobReading
    private let descriptions: LiveDescriptions
    private let changes: ChangedParts
    private let epoch: String
    private let state = Mutex(State())

    init(_ workspace: WorkspaceID, reading: any JobReading, descriptions: LiveDescriptions, epoch: String) {
        self.workspace = workspace
        self.reading = reading
        self.descriptions = descriptions
        self.epoch = epoch
        changes = reading.changedJobs(in: workspace)
    }

    func listen(_ bell: Bell) async { for await _ in changes.signals { bell.ring() } }

    func look(_ stream: LiveStream) async throws -> ContinuousClock.Instant? {
        let now = ContinuousClock.now
        let due: ContinuousClock.Instant? = state.withLock { state in
            let due = state.lastLook.map { $0 + Self.interval }
            if let due, due > now { return due }
            // What a look that failed was to read is not forgotten.
            state.change = state.change.merged(with: changes.take())
            return nil
        }
        if let due { return due }
        let (isOpen, change) = state.withLock { ($0.isOpen, $0.change) }
        let jobs = try await changed(isOpen ? change : .anything)
        try publish(jobs, stream, opening: !isOpen)
        state.withLock { state in
            state.change = .parts([])
            state.lastLook = now
        }
        return nil
    }

    func snapshot(of stream: LiveStream) async throws -> LiveSnapshot {
        // The position first: what it counts was read before, so it shows in what is read now.
        let position = stream.position
        let jobs = try await reading.jobs(matching: JobFilter(), in: workspace, before: nil, limit: Self.length)
        let items = try jobs.map { try descriptions.summary($0).text }.joined(separator: ",")
        return LiveSnapshot(position: position, data: JSONText(trusted: #"{"items":[\#(items)]}"#))
    }

    private func changed(_ change: ChangedParts.Change) async throws -> [Job] {
        switch change {
        case .parts(let names):
            return try await reading.jobs(names.compactMap { JobID($0) }, in: workspace)
        case .anything:
            var jobs = try await reading.jobs(matching: JobFilter(), in: workspace, before: nil, limit: Self.window)
            let seen = Set(jobs.map(\.id))
            let unfinished = state.withLock { state in
                state.told.filter { !$0.value.ended && !seen.contains($0.key) }.map(\.key)
            }
            for start in stride(from: 0, to: unfinished.count, by: ChangedParts.limit) {
                let some = Array(unfinished[start..<min(start + ChangedParts.limit, unfinished.count)])
                jobs += try await reading.jobs(some, in: workspace)
            }
            return jobs
        }
    }

    /// Tells of those that are further than when they were told of last.
    private func publish(_ jobs: [Job], _ stream: LiveStream, opening: Bool) throws {
        let new = state.withLock { state in
            let new = jobs.filter { $0.position > state.told[$0.id]?.position ?? -1 }
            for job in new { state.told[job.id] = (job.position, job.state.isTerminal) }
            if state.told.count > Self.memory { state.told = state.told.filter { !$0.value.ended } }
            if state.told.count > Self.memory { state.told = [:] }
            state.isOpen = true
            return new
        }
        guard !opening else { return stream.open(StreamState(epoch: epoch)) }
        var seq = stream.position.seq
        stream.publish(
            try new.sorted { $0.id < $1.id }.map { job in
                seq += 1
                return .event(
                    job.state.eventType, of: .jobs(workspace), epoch: epoch, seq: seq,
                    data: try descriptions.summary(job))
            })
    }
}

extension ChangedParts.Change {
    fileprivate func merged(with other: Self) -> Self {
        guard case .parts(let mine) = self, case .parts(let others) = other,
            mine.count + others.count <= ChangedParts.limit
        else { return .anything }
        return .parts(mine.union(others))
    }
}

extension JobState {
    /// What a change into the state is called.
    fileprivate var eventType: String {
        let kind: JobEvent.Kind =
            switch self {
            case .scheduled, .blocked, .parked, .ready, .leased: .progress
            case .succeeded, .canceled: .complete
            case .dead, .expired: .error
            }
        return kind.rawValue
    }
}
