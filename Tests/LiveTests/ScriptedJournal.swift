import Foundation
import Model
import Storage
import Synchronization

@testable import Live

/// Jobs in memory, whose announcements the test can lose and whose reading it can break.
final class ScriptedJournal: JobReading {
    private struct State {
        var jobs: [JobID: Job] = [:]
        var events: [JobID: [JobEvent]] = [:]
        var reads = 0
        var isAway = false
        var pagesUntilFailure: Int?
        var isMute = false
    }

    let workspace = WorkspaceID()
    private let state = Mutex(State())
    private let hub = SignalHub()

    /// How often anything was read.
    var reads: Int { state.withLock { $0.reads } }
    /// Whether every reading fails.
    func setAway(_ isAway: Bool) { state.withLock { $0.isAway = isAway } }
    /// The page of a journal that fails once, counted from the next; the first is 1.
    func failOnce(atPage number: Int) { state.withLock { $0.pagesUntilFailure = number } }
    /// Whether that page has failed.
    var hasFailed: Bool { state.withLock { $0.pagesUntilFailure == 0 } }
    /// Whether announcements are lost.
    func setMute(_ isMute: Bool) { state.withLock { $0.isMute = isMute } }
    /// What follows lost announcements sooner or later.
    func heal() { hub.signalAll() }
    /// What comes every now and then, though nothing is known to be lost.
    func remind() { hub.remindAll() }

    // MARK: What happens

    func submit(_ state: JobState = .ready) -> JobID {
        let id = JobID()
        let job = Job(
            id: id, workspace: workspace, kind: "test", state: state, priority: 0, input: .emptyObject, result: nil,
            failure: nil, progress: nil, epoch: 0, attempt: 0, maxAttempts: 1, lost: 0, cancelRequested: false,
            batch: nil, position: 0, request: nil, createdAt: .now, runAt: .now, startedAt: nil, finishedAt: nil)
        self.state.withLock { $0.jobs[id] = job }
        add([(.progress, #"{"state":"\#(state.rawValue)"}"#)], to: id)
        return id
    }

    func log(_ messages: [String], to id: JobID) {
        add(messages.map { (.log, #"{"level":"info","message":"\#($0)"}"#) }, to: id)
    }

    func move(_ id: JobID, to state: JobState) {
        self.state.withLock { $0.jobs[id]?.state = state }
        add([(state.isTerminal ? .complete : .progress, #"{"state":"\#(state.rawValue)"}"#)], to: id)
    }

    func progress(_ percent: Double, of id: JobID) {
        state.withLock { $0.jobs[id]?.progress = JobProgress(stage: "work", percent: percent) }
        announce(id.description)
    }

    func remove(_ id: JobID) {
        state.withLock { state in
            state.jobs[id] = nil
            state.events[id] = nil
        }
        announce(SignalHub.key(workspace.description, id.description))
    }

    /// The journal of a job, as text.
    func journal(_ id: JobID) -> [String] { state.withLock { ($0.events[id] ?? []).map(\.data.text) } }

    private func add(_ entries: [(JobEvent.Kind, String)], to id: JobID) {
        state.withLock { state in
            var position = state.jobs[id]?.position ?? 0
            for (type, data) in entries {
                position += 1
                state.events[id, default: []].append(
                    JobEvent(position: position, epoch: 1, type: type, data: JSONText(trusted: data), at: .now))
            }
            state.jobs[id]?.position = position
        }
        announce(SignalHub.key(workspace.description, id.description))
    }

    private func announce(_ key: String) {
        if !state.withLock({ $0.isMute }) { hub.signal([key]) }
    }

    // MARK: JobReading

    private func read<Value>(_ body: (inout State) -> Value) throws(StorageError) -> Value {
        let value: Value? = state.withLock { state in
            state.reads += 1
            return state.isAway ? nil : body(&state)
        }
        guard let value else { throw StorageError(.unavailable, "The journal is away.") }
        return value
    }

    func job(_ id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> Job? {
        try read { $0.jobs[id].flatMap { $0.workspace == workspace ? $0 : nil } }
    }

    func jobs(_ ids: [JobID], in workspace: WorkspaceID) async throws(StorageError) -> [Job] {
        try read { state in ids.compactMap { state.jobs[$0] } }
    }

    func jobs(
        matching filter: JobFilter, in workspace: WorkspaceID, before: JobID?, limit: Int
    ) async throws(StorageError) -> [Job] {
        try read { Array($0.jobs.values.sorted { $0.id > $1.id }.prefix(limit)) }
    }

    func events(
        of id: JobID, in workspace: WorkspaceID, after position: Int64, type: JobEvent.Kind?, limit: Int
    ) async throws(StorageError) -> [JobEvent] {
        let events: [JobEvent]? = try read { state in
            if let pages = state.pagesUntilFailure, pages > 0 {
                state.pagesUntilFailure = pages - 1
                if pages == 1 { return nil }
            }
            return Array((state.events[id] ?? []).dropFirst(Int(position)).prefix(limit))
        }
        guard let events else { throw StorageError(.unavailable, "This page of the journal failed.") }
        return events
    }

    func steps(of id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> [StepRecord] { [] }
    func artifacts(of id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> [Artifact] { [] }
    func conditions(of id: JobID, in workspace: WorkspaceID) async throws(StorageError) -> JobConditions {
        throw StorageError(.notFound, "Nothing here has conditions.")
    }
    func batch(_ id: BatchID, in workspace: WorkspaceID) async throws(StorageError) -> Batch? { nil }
    func depth() async throws(StorageError) -> [JobDepth] { [] }
    func changes(of id: JobID) -> AsyncStream<Void> { hub.signals(for: id.description) }
    func changes(in workspace: WorkspaceID) -> AsyncStream<Void> { hub.signals(for: workspace.description) }
    func changedJobs(in workspace: WorkspaceID) -> ChangedParts { hub.changedParts(of: workspace.description) }

    /// Jobs as the tests show them: a job in full has its whole journal.
    var descriptions: LiveDescriptions {
        LiveDescriptions(
            summary: { job in
                JSONText(trusted: #"{"id":"\#(job.id)","state":"\#(job.state.rawValue)","position":\#(job.position)}"#)
            },
            detail: { [self] job in
                let events = journal(job.id).prefix(Int(job.position)).joined(separator: ",")
                return JSONText(trusted: #"{"id":"\#(job.id)","events":[\#(events)]}"#)
            })
    }
}
