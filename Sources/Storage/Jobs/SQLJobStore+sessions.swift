package import Model

extension SQLJobStore: WorkerSessions {
    package func openSession(_ session: WorkerSession, lasting: Duration) async throws(StorageError) {
        try await database.write { connection throws(StorageError) in
            for row in try connection.query(
                "SELECT id, process FROM worker_session WHERE host = $1 ORDER BY id \(connection.dialect.forUpdate)",
                [.text(session.host)])
            where !session.isAlive(try row.text("process")) {
                try connection.execute(
                    "UPDATE worker_session SET expires_at = 0 WHERE id = $1", [.text(try row.text("id"))])
            }
            try connection.execute(
                "INSERT INTO worker_session (id, host, process, expires_at) VALUES ($1, $2, $3, now_us() + $4)",
                [
                    SQLValue(session.id), .text(session.host), .text(session.process),
                    .integer(lasting.microseconds),
                ])
        }
    }

    package func renewSession(
        _ id: WorkerSessionID, lasting: Duration
    ) async throws(StorageError) -> SessionRenewal? {
        // A renewal that waits behind other calls would cost every job of the session its lease.
        try await database.write(.urgent) { connection throws(StorageError) in
            let renewed = try connection.execute(
                "UPDATE worker_session SET expires_at = now_us() + $2 WHERE id = $1 AND expires_at > now_us()",
                [SQLValue(id), .integer(lasting.microseconds)])
            guard renewed == 1 else { return nil }
            return try Self.state(of: id, on: connection)
        }
    }

    package func look(at id: WorkerSessionID) async throws(StorageError) -> SessionRenewal? {
        try await database.read { connection throws(StorageError) in
            let live = try connection.query(
                "SELECT id FROM worker_session WHERE id = $1 AND expires_at > now_us()", [SQLValue(id)])
            return live.isEmpty ? nil : try Self.state(of: id, on: connection)
        }
    }

    /// What a session holds, and who leads. Index: live_leased.
    private static func state(
        of id: WorkerSessionID, on connection: any SQLConnection
    ) throws(StorageError) -> SessionRenewal {
        var notices: [LeaseNotice] = []
        var leader = Leader(session: nil, term: 0, endsIn: .zero)
        for row in try connection.query(
            """
            SELECT job, workspace, epoch, cancel_requested, NULL AS session, NULL AS ends_in
            FROM live_job WHERE session = $1 AND state = 'leased'
            UNION ALL
            SELECT NULL, NULL, leader.term, 0, leader.session, worker_session.expires_at - now_us()
            FROM leader LEFT JOIN worker_session ON worker_session.id = leader.session WHERE duty = 'upkeep'
            """, [SQLValue(id)])
        {
            guard let job: JobID = try row.optionalID("job") else {
                leader = Leader(
                    session: try row.optionalID("session"), term: try row.integer("epoch"),
                    endsIn: .microseconds(max(0, try row.optionalInteger("ends_in") ?? 0)))
                continue
            }
            let lease = JobLease(job: job, workspace: try row.id("workspace"), epoch: try row.integer("epoch"))
            notices.append(LeaseNotice(lease: lease, cancelRequested: try row.bool("cancel_requested")))
        }
        return SessionRenewal(notices: notices, leader: leader)
    }

    package func lead(_ id: WorkerSessionID) async throws(StorageError) -> Int64? {
        try await database.write { connection throws(StorageError) in
            try connection.query(
                """
                UPDATE leader SET session = $1, term = term + 1
                WHERE duty = 'upkeep'
                    AND EXISTS (SELECT 1 FROM worker_session WHERE id = $1 AND expires_at > now_us())
                    AND NOT EXISTS (
                        SELECT 1 FROM worker_session WHERE id = leader.session AND expires_at > now_us())
                RETURNING term
                """, [SQLValue(id)]
            ).first?.integer("term")
        }
    }

    package func closeSession(_ id: WorkerSessionID) async throws(StorageError) {
        try await change { connection throws(StorageError) in
            let held = try connection.query(
                "SELECT job FROM live_job WHERE session = $1 AND state = 'leased'", [SQLValue(id)])
            var ids: [JobID] = []
            for row in held { ids.append(try row.id("job")) }
            var transitions: [JobTransition] = []
            for var job in try LiveJob.lock(ids, on: connection) where job.session == id {
                let epoch = job.lifecycle.epoch
                let event: JobLifecycle.Event = job.isAskedToStop ? .stop(epoch: epoch) : .handBack(epoch: epoch)
                guard case .moved = job.lifecycle.handle(event) else { continue }
                transitions.append(JobTransition(job))
            }
            let aftermath = try Self.apply(transitions, on: connection)
            try connection.execute("DELETE FROM worker_session WHERE id = $1", [SQLValue(id)])
            return ((), aftermath)
        }
    }

    package func stopSignals(for session: WorkerSessionID) -> AsyncStream<Void> {
        database.signals(for: Key.stop(session))
    }
}
