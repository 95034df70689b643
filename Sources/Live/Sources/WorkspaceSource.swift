import Endpoints
import Model
import Storage
import Synchronization

/// The list of a workspace's jobs, as changes of single jobs of which the last counts.
///
/// Nobody numbers the changes of a workspace in the database, because then all its jobs would wait for one row. They are
/// numbered here, under an epoch of this process, and a reader who comes from another one starts with a snapshot. When
/// announcements were missed nobody knows which jobs changed, so a new epoch begins, and with it a snapshot for everybody.
final class WorkspaceSource: LiveSource {
    private struct State {
        var isOpen = false
        /// The positions of jobs that were told, and whether they had ended.
        var told: [JobID: (position: Int64, ended: Bool)] = [:]
        var lastLook: ContinuousClock.Instant?
        var change: ChangedParts.Change = .nothing
        /// Whether everybody is still to begin anew, and when they last did.
        var owesRenewal = false
        var lastRenewal: ContinuousClock.Instant?
    }

    /// Jobs in a snapshot.
    static let length = 100
    /// The newest jobs that are compared when something may have changed that nobody announced.
    private static let window = 200
    /// More jobs than this are not remembered.
    private static let memory = 5_000
    /// The shortest time between two looks.
    static let interval: Duration = .milliseconds(100)
    /// The shortest time between two new beginnings for everybody. Other processes on the same SQLite file announce nothing.
    static let renewalInterval: Duration = .seconds(10)

    private let workspace: WorkspaceID
    private let reading: any JobReading
    private let descriptions: LiveDescriptions
    private let changes: ChangedParts
    private let newEpoch: @Sendable () -> String
    private let state = Mutex(State())

    init(
        _ workspace: WorkspaceID, reading: any JobReading, descriptions: LiveDescriptions,
        newEpoch: @escaping @Sendable () -> String
    ) {
        self.workspace = workspace
        self.reading = reading
        self.descriptions = descriptions
        self.newEpoch = newEpoch
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
        let renewal = try await tell(stream, at: now)
        state.withLock { state in
            state.change = .nothing
            state.lastLook = now
        }
        return renewal
    }

    /// - Returns: when everybody is to begin anew, if that must wait.
    private func tell(_ stream: LiveStream, at now: ContinuousClock.Instant) async throws -> ContinuousClock.Instant? {
        let (isOpen, change, renewal) = state.withLock { state in
            if state.change.rest == .missed { state.owesRenewal = true }
            let last = state.lastRenewal.map { $0 + Self.renewalInterval }
            return (state.isOpen, state.change, state.owesRenewal ? last ?? now : nil)
        }
        guard isOpen else {
            remember(try await changed(.init(rest: .unannounced)))
            state.withLock { state in
                state.isOpen = true
                state.owesRenewal = false
            }
            stream.open(StreamState(epoch: newEpoch()))
            return nil
        }
        if let renewal, renewal <= now {
            state.withLock { state in
                state.owesRenewal = false
                state.lastRenewal = now
            }
            stream.restart(epoch: newEpoch())
            return nil
        }
        try publish(try await changed(change), stream)
        return renewal
    }

    func snapshot(of stream: LiveStream) async throws -> LiveSnapshot {
        // The position first: what it counts was read before, so it shows in what is read now.
        let position = stream.position
        let jobs = try await reading.jobs(matching: JobFilter(), in: workspace, before: nil, limit: Self.length)
        let items = try jobs.map { try descriptions.summary($0).text }.joined(separator: ",")
        return LiveSnapshot(position: position, data: JSONText(trusted: #"{"items":[\#(items)]}"#))
    }

    /// The named jobs; beyond them, if something may have gone unannounced, those of which anybody would soon notice it.
    private func changed(_ change: ChangedParts.Change) async throws -> [Job] {
        var ids = change.names.compactMap { JobID($0) }
        var jobs: [Job] = []
        if change.rest != .nothing {
            jobs = try await reading.jobs(matching: JobFilter(), in: workspace, before: nil, limit: Self.window)
            ids += state.withLock { state in state.told.filter { !$0.value.ended }.map(\.key) }
        }
        let seen = Set(jobs.map(\.id))
        let others = Array(Set(ids).subtracting(seen))
        for start in stride(from: 0, to: others.count, by: ChangedParts.limit) {
            let some = Array(others[start..<min(start + ChangedParts.limit, others.count)])
            jobs += try await reading.jobs(some, in: workspace)
        }
        return jobs
    }

    /// Tells of those that are further than when they were told of last.
    private func publish(_ jobs: [Job], _ stream: LiveStream) throws {
        let new = state.withLock { state in jobs.filter { $0.position > state.told[$0.id]?.position ?? -1 } }
        var position = stream.position
        let frames = try new.sorted { $0.id < $1.id }.map { job in
            position = LivePosition(epoch: position.epoch, seq: position.seq + 1)
            return LiveFrame.event(
                job.state.eventType, of: .jobs(workspace), epoch: position.epoch, seq: position.seq,
                data: try descriptions.summary(job))
        }
        remember(new)
        stream.publish(frames)
    }

    private func remember(_ jobs: [Job]) {
        state.withLock { state in
            for job in jobs { state.told[job.id] = (job.position, job.state.isTerminal) }
            if state.told.count > Self.memory { state.told = state.told.filter { !$0.value.ended } }
            if state.told.count > Self.memory { state.told = [:] }
        }
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
