import Engine
import Model
import Storage
import Synchronization

/// A store between which and its worker calls or replies get lost, each fault once.
final class LossyLeases: JobLeases, WorkerSessions {
    enum Fault: Hashable, Sendable, CaseIterable {
        /// The call is made, its reply is lost.
        case claimReply, recordReply, finishReply
        /// The call is not made.
        case claim, record, finish
        /// The database cannot be written for a moment.
        case readOnly
    }

    /// How often several endings came at once, when that is refused.
    let refusedBatches = Mutex<Int?>(nil)

    private let store: SQLJobStore
    private let faults: Mutex<Set<Fault>>

    init(_ store: SQLJobStore, _ faults: [Fault]) {
        self.store = store
        self.faults = Mutex(Set(faults))
    }

    private func lose(_ fault: Fault) throws(StorageError) {
        if faults.withLock({ $0.remove(fault) }) != nil { throw StorageError(.unavailable, "The connection was lost.") }
    }

    func claim(
        kinds: [String], limit: Int, for session: WorkerSessionID
    ) async throws(StorageError) -> [LeasedJob] {
        try lose(.claim)
        let claimed = try await store.claim(kinds: kinds, limit: limit, for: session)
        if !claimed.isEmpty { try lose(.claimReply) }
        return claimed
    }

    func record(_ updates: [JobUpdate], under lease: JobLease) async throws(StorageError) -> Bool {
        try lose(.record)
        let stops = try await store.record(updates, under: lease)
        try lose(.recordReply)
        return stops
    }

    func finish(_ endings: [LeaseEnding]) async throws(StorageError) -> [StorageError?] {
        try lose(.finish)
        if endings.count > 1,
            refusedBatches.withLock({
                $0? += 1; return $0
            }) != nil
        {
            throw StorageError(.invalid, "One of them cannot be stored.")
        }
        if faults.withLock({ $0.remove(.readOnly) }) != nil { throw StorageError(.readOnly, "This server only reads.") }
        let refusals = try await store.finish(endings)
        try lose(.finishReply)
        return refusals
    }

    func openSession(_ session: WorkerSession, lasting: Duration) async throws(StorageError) {
        try await store.openSession(session, lasting: lasting)
    }

    func renewSession(
        _ id: WorkerSessionID, lasting: Duration
    ) async throws(StorageError) -> SessionRenewal? {
        try await store.renewSession(id, lasting: lasting)
    }

    func look(at id: WorkerSessionID) async throws(StorageError) -> SessionRenewal? {
        try await store.look(at: id)
    }

    func lead(_ id: WorkerSessionID) async throws(StorageError) -> Int64? { try await store.lead(id) }

    func closeSession(_ id: WorkerSessionID) async throws(StorageError) { try await store.closeSession(id) }

    func sweep(inTerm term: Int64?) async throws(StorageError) -> SweepReport { try await store.sweep(inTerm: term) }

    func stepResult(_ key: String, in workspace: WorkspaceID) async throws(StorageError) -> JSONText? {
        try await store.stepResult(key, in: workspace)
    }

    func stageRates(_ keys: [String]) async throws(StorageError) -> [String: StageRate] {
        try await store.stageRates(keys)
    }

    func readySignals() -> AsyncStream<Void> { store.readySignals() }

    func stopSignals(for session: WorkerSessionID) -> AsyncStream<Void> { store.stopSignals(for: session) }

    func repairIndex() async throws(StorageError) { try await store.repairIndex() }

    func indexSignals() -> AsyncStream<DispatchSignal>? { store.indexSignals() }
}
