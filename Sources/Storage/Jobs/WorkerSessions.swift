package import Model

/// How worker processes are alive together: sessions, the leader among them, and the upkeep that it does.
package protocol WorkerSessions: Sendable {
    /// Announces a worker process. Sessions of processes on the same host that are known to be dead end at once.
    func openSession(_ session: WorkerSession, lasting: Duration) async throws(StorageError)

    /// Extends the session and with it every lease it holds.
    ///
    /// - Returns: what it holds and who leads; nil when the session has lapsed: all its leases are lost.
    func renewSession(_ id: WorkerSessionID, lasting: Duration) async throws(StorageError) -> SessionRenewal?

    /// What a renewal returns, without renewing; nil when the session has lapsed. Only reads.
    func look(at id: WorkerSessionID) async throws(StorageError) -> SessionRenewal?

    /// Makes the session the leader that does the upkeep, unless a session that lasts is it already.
    ///
    /// - Returns: the term, which grows with each leader; nil when there is another.
    func lead(_ id: WorkerSessionID) async throws(StorageError) -> Int64?

    /// Ends the session; its remaining jobs go back without spending an attempt.
    func closeSession(_ id: WorkerSessionID) async throws(StorageError)

    /// Moves on what time has moved: lapsed leases, due jobs, expired keys; and mends what a crash left undone. Safe to call
    /// in any process at any time.
    ///
    /// - Parameter term: with a term, only while its leader leads.
    /// - Throws: `fenced` when there is a newer leader.
    func sweep(inTerm term: Int64?) async throws(StorageError) -> SweepReport

    /// Makes the index of ready jobs hold what the database says; nothing without an index. For the leader.
    func repairIndex() async throws(StorageError)

    /// What the index of ready jobs says without being asked; nil without an index.
    func indexSignals() -> AsyncStream<DispatchSignal>?

    /// A signal when one of the session's jobs was asked to stop.
    func stopSignals(for session: WorkerSessionID) -> AsyncStream<Void>
}

extension WorkerSessions {
    /// Moves on what time has moved, whoever leads.
    @discardableResult
    package func sweep() async throws(StorageError) -> SweepReport { try await sweep(inTerm: nil) }
}

/// What a session is told when it is renewed.
package struct SessionRenewal: Hashable, Sendable {
    /// The leases that it still holds, each with whether its job should stop.
    package let notices: [LeaseNotice]
    package let leader: Leader

    package init(notices: [LeaseNotice], leader: Leader) {
        self.notices = notices
        self.leader = leader
    }
}

/// The session that does the upkeep for all.
package struct Leader: Hashable, Sendable {
    /// Nil before there was one.
    package let session: WorkerSessionID?
    package let term: Int64
    /// How long its session lasts unless it is renewed.
    package let endsIn: Duration

    package init(session: WorkerSessionID?, term: Int64, endsIn: Duration) {
        self.session = session
        self.term = term
        self.endsIn = endsIn
    }
}

/// One run of one worker process.
package struct WorkerSession: Hashable, Sendable {
    package let id: WorkerSessionID
    /// Where the process runs: sessions of the same place can judge whether the process is alive.
    package let host: String
    /// The process within the place, so that a reused process number is not the same.
    package let process: String
    /// Processes of this host's earlier sessions that are certainly dead, among those the store may hold.
    package let isAlive: @Sendable (_ process: String) -> Bool

    package init(
        id: WorkerSessionID, host: String, process: String, isAlive: @escaping @Sendable (_ process: String) -> Bool
    ) {
        self.id = id
        self.host = host
        self.process = process
        self.isAlive = isAlive
    }

    package static func == (left: Self, right: Self) -> Bool { left.id == right.id }
    package func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// What a renewal says about one lease.
package struct LeaseNotice: Hashable, Sendable {
    package let lease: JobLease
    package let cancelRequested: Bool

    package init(lease: JobLease, cancelRequested: Bool) {
        self.lease = lease
        self.cancelRequested = cancelRequested
    }
}

/// What a sweep moved.
package struct SweepReport: Hashable, Sendable {
    /// Leases that lapsed.
    package var lost: Int
    /// Jobs whose time came.
    package var due: Int
    /// Jobs whose deadline passed.
    package var expired: Int
    /// The next time at which a scheduled job is due.
    package var nextDue: Timestamp?
    /// How far away that is by the store's clock; not above zero when more are due than one sweep moves.
    package var untilDue: Duration?

    package init(
        lost: Int = 0, due: Int = 0, expired: Int = 0, nextDue: Timestamp? = nil, untilDue: Duration? = nil
    ) {
        self.lost = lost
        self.due = due
        self.expired = expired
        self.nextDue = nextDue
        self.untilDue = untilDue
    }
}
