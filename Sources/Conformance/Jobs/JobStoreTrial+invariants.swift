import Model
import Storage

extension JobStoreTrial {
    /// Claims and finishes until nothing is ready and nothing runs any more, for a minute at most.
    func work(_ store: SQLJobStore, _ session: WorkerSessionID, check: () async throws -> Void) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            _ = try await store.renewSession(session, lasting: Self.lease)
            let claimed = try await store.claim(kinds: ["trial"], limit: 2, for: session)
            try await check()
            for leased in claimed { try await store.finish(.succeeded(.emptyObject), under: leased.lease) }
            if claimed.isEmpty {
                let depth = try await store.depth()
                if depth.isEmpty { return }
                try expect(.now < deadline, "jobs are left: \(depth)")
                await Task.yield()
            }
        }
    }

    /// Fails unless those that hold a cap are the jobs that are ready or leased under it, and no more than it allows.
    func expectCaps() async throws {
        let wrong = try await database.database.read { connection throws(StorageError) in
            var wrong: [String] = []
            for row in try connection.query(
                """
                SELECT key, slots,
                    (SELECT COUNT(*) FROM cap_slot WHERE cap_slot.key = cap.key) AS taken,
                    (SELECT COUNT(*) FROM live_job WHERE state IN ('ready', 'leased')
                        AND ' ' || caps || ' ' LIKE '% ' || cap.key || ' %') AS held,
                    (SELECT COUNT(*) FROM live_job WHERE state = 'leased'
                        AND ' ' || caps || ' ' LIKE '% ' || cap.key || ' %') AS running
                FROM cap
                """)
            {
                let (slots, taken) = (try row.integer("slots"), try row.integer("taken"))
                let (held, running) = (try row.integer("held"), try row.integer("running"))
                // What ran before the cap was lowered goes on.
                if taken == held, taken <= max(slots, running) { continue }
                wrong.append("\(try row.text("key")): \(slots) slots, \(taken) taken, \(held) jobs")
            }
            return wrong
        }
        try expect(wrong.isEmpty, wrong.joined(separator: "; "))
    }

    /// Fails when a job waits although its caps and its lane have room.
    func expectNothingWaits() async throws {
        let waiting = try await database.database.read { connection throws(StorageError) in
            try connection.query(
                """
                SELECT job, caps FROM live_job parked WHERE state = 'parked'
                    AND NOT EXISTS (SELECT 1 FROM cap WHERE ' ' || parked.caps || ' ' LIKE '% ' || cap.key || ' %'
                        AND slots <= (SELECT COUNT(*) FROM cap_slot WHERE cap_slot.key = cap.key))
                    AND (SELECT COUNT(*) FROM live_job ready WHERE ready.state = 'ready'
                        AND ready.workspace = parked.workspace AND ready.kind = parked.kind
                        AND ready.caps = parked.caps) < 32
                    AND NOT EXISTS (SELECT 1 FROM queue_mode WHERE queue_mode.workspace = parked.workspace
                        AND queue_mode.kind = parked.kind AND mode = 'paused')
                """
            ).count
        }
        try expect(waiting == 0, "\(waiting) jobs wait beside a free slot")
    }
}
