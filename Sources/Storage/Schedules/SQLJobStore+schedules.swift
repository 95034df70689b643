import Foundation
package import Model

extension SQLJobStore: ScheduleStore {
    private static let columns = """
        id, workspace, name, kind, input, input_hash, priority, band, max_attempts, cron, time_zone, missed, is_paused,
        problem, next_at, last_at, last_job, created_at, updated_at
        """

    package func schedules(in workspace: WorkspaceID) async throws(StorageError) -> [Schedule] {
        try await database.read { connection throws(StorageError) in
            var schedules: [Schedule] = []
            for row in try connection.query(
                "SELECT \(Self.columns) FROM schedule WHERE workspace = $1 ORDER BY name", [SQLValue(workspace)])
            {
                schedules.append(try Self.schedule(row))
            }
            return schedules
        }
    }

    package func schedule(_ name: String, in workspace: WorkspaceID) async throws(StorageError) -> Schedule? {
        try await database.read { connection throws(StorageError) in
            try Self.schedule(name, in: workspace, on: connection)
        }
    }

    package func put(_ new: NewSchedule) async throws(StorageError) -> Schedule {
        try await database.write { connection throws(StorageError) in
            let state = try connection.row(
                """
                SELECT now_us() AS now, (SELECT COUNT(*) FROM schedule WHERE workspace = $1 AND name <> $2) AS others
                """, [SQLValue(new.workspace), .text(new.name)]
            )
            guard try state.integer("others") < NewSchedule.limit else {
                throw StorageError(
                    .limited, "The workspace has \(NewSchedule.limit) schedules, as many as it may; remove one first.")
            }
            let next = ScheduleState(
                expression: new.cron, zone: new.zone, policy: new.missed, startingAt: try state.time("now")
            ).nextAt
            try connection.execute(
                """
                INSERT INTO schedule (id, workspace, name, kind, input, input_hash, priority, band, max_attempts, cron,
                    time_zone, missed, next_at, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now_us(), now_us())
                ON CONFLICT (workspace, name) DO UPDATE SET
                    kind = excluded.kind, input = excluded.input, input_hash = excluded.input_hash,
                    priority = excluded.priority, band = excluded.band, max_attempts = excluded.max_attempts,
                    cron = excluded.cron, time_zone = excluded.time_zone, missed = excluded.missed, problem = NULL,
                    next_at = CASE WHEN schedule.is_paused = 1 THEN NULL ELSE excluded.next_at END,
                    updated_at = excluded.updated_at
                """,
                [
                    SQLValue(ScheduleID()), SQLValue(new.workspace), .text(new.name), .text(new.kind),
                    SQLValue(new.input), .text(new.inputHash), SQLValue(new.priority), SQLValue(new.band.rawValue),
                    SQLValue(new.maxAttempts), .text(new.cron.text), .text(new.zoneName),
                    .text(new.missed.description), SQLValue(next),
                ])
            return try Self.existing(new.name, in: new.workspace, on: connection)
        }
    }

    package func setPaused(
        _ isPaused: Bool, _ name: String, in workspace: WorkspaceID
    ) async throws(StorageError) -> Schedule {
        try await database.write { connection throws(StorageError) in
            let schedule = try Self.existing(name, in: workspace, on: connection)
            guard schedule.isPaused != isPaused else { return schedule }
            var next: Timestamp?
            if !isPaused {
                let now = try connection.row("SELECT now_us() AS now").time("now")
                next = try Self.state(schedule, startingAt: now).nextAt
            }
            try connection.execute(
                """
                UPDATE schedule SET is_paused = $3, next_at = $4, problem = NULL, updated_at = now_us()
                WHERE workspace = $1 AND name = $2
                """, [SQLValue(workspace), .text(name), SQLValue(isPaused), SQLValue(next)])
            return try Self.existing(name, in: workspace, on: connection)
        }
    }

    package func removeSchedule(_ name: String, in workspace: WorkspaceID) async throws(StorageError) {
        try await database.write { connection throws(StorageError) in
            let removed = try connection.execute(
                "DELETE FROM schedule WHERE workspace = $1 AND name = $2", [SQLValue(workspace), .text(name)])
            guard removed > 0 else { throw Self.noSchedule(name) }
        }
    }

    // MARK: Ticks

    /// The most schedules that one sweep fires.
    private static let fireLimit = 100

    /// Submits the jobs of schedules that are due and moves these on. Each schedule is locked, so a tick fires once however
    /// many sweep. Index: schedule_due.
    ///
    /// The files that inputs name are locked first, as in a submission, then the books, in the order of the workspaces, and all
    /// before anything is stored: what refuses one schedule's jobs leaves nothing behind and does not hold up the others.
    static func fireSchedules(
        _ books: (any JobLedger)?, on connection: any SQLConnection
    ) throws(StorageError) -> Aftermath {
        let due = try connection.query(
            """
            SELECT \(columns), now_us() AS now,
                COALESCE((SELECT m.mode FROM queue_mode m
                    WHERE m.workspace = schedule.workspace AND m.kind = schedule.kind), '') AS mode
            FROM schedule WHERE is_paused = 0 AND next_at <= now_us()
            ORDER BY next_at LIMIT \(fireLimit) \(connection.dialect.skipLocked)
            """)
        var ticks: [DueTicks] = []
        for row in due {
            if let due = try self.ticks(of: try schedule(row), row, on: connection) { ticks.append(due) }
        }
        ticks.sort { $0.schedule.workspace < $1.schedule.workspace }
        let jobs = ticks.flatMap(\.jobs)
        let (_, going) = try keepUploads(of: jobs.map { ($0.id, $0.workspace, $0.input) }, on: connection)
        var aftermath = Aftermath()
        for due in ticks {
            let hasFiles = going.isDisjoint(with: due.jobs.map(\.id))
            aftermath.merge(try fire(due, isRefused: !hasFiles, books, on: connection))
            FaultPoint.reach(.firing)
        }
        return aftermath
    }

    /// What of a schedule is due.
    private struct DueTicks {
        let schedule: Schedule
        let now: Timestamp
        /// Of the newest tick.
        let last: Timestamp?
        /// When it is due again.
        let next: Timestamp?
        /// None where its queue is drained.
        let jobs: [NewJob]
    }

    /// Reckons the ticks of a schedule; nil for one that is paused here, because its time cannot be read.
    private static func ticks(
        of schedule: Schedule, _ row: SQLRow, on connection: any SQLConnection
    ) throws(StorageError) -> DueTicks? {
        var state: ScheduleState
        do {
            state = try Self.state(schedule, nextAt: schedule.nextAt)
        } catch {
            // It was fine when it was stored: the zone is gone, or a newer program wrote it.
            try connection.execute(
                "UPDATE schedule SET is_paused = 1, next_at = NULL, problem = $2 WHERE id = $1",
                [SQLValue(schedule.id), .text(error.message)])
            return nil
        }
        let now = try row.time("now")
        let ticks = state.advance(to: now).fire
        // A queue that is drained takes none of its ticks.
        let isDrained = try row.text("mode") == QueueMode.draining.rawValue
        let jobs = try (isDrained ? [] : ticks).map { tick throws(StorageError) in
            NewJob(
                workspace: schedule.workspace, kind: schedule.kind, input: schedule.input,
                inputHash: try row.text("input_hash"), priority: schedule.priority,
                maxAttempts: Int(try row.integer("max_attempts")),
                band: Band(rawValue: Int(try row.integer("band"))) ?? .batch,
                request: "schedule \(schedule.name) at \(tick)")
        }
        return DueTicks(schedule: schedule, now: now, last: ticks.last, next: state.nextAt, jobs: jobs)
    }

    private static func fire(
        _ due: DueTicks, isRefused: Bool, _ books: (any JobLedger)?, on connection: any SQLConnection
    ) throws(StorageError) -> Aftermath {
        var aftermath = Aftermath()
        var submitted: JobID?
        // A workspace at its bound takes none of its ticks.
        if !due.jobs.isEmpty, !isRefused,
            try hasRoom(for: due.jobs.count, in: due.schedule.workspace, books, on: connection)
        {
            aftermath = try insert(due.jobs, batch: nil, admitted: due.now, on: connection).1
            // In the books already.
            aftermath.booking.submitted = [:]
            submitted = due.jobs.last?.id
        }
        try connection.execute(
            """
            UPDATE schedule SET next_at = $2, last_at = COALESCE($3, last_at), last_job = COALESCE($4, last_job)
            WHERE id = $1
            """,
            [
                SQLValue(due.schedule.id), SQLValue(due.next), SQLValue(submitted == nil ? nil : due.last),
                SQLValue(submitted),
            ])
        return aftermath
    }

    private static func hasRoom(
        for count: Int, in workspace: WorkspaceID, _ books: (any JobLedger)?, on connection: any SQLConnection
    ) throws(StorageError) -> Bool {
        do {
            try books?.book(JobBooking(submitted: [workspace: count]), on: connection)
            return true
        } catch {
            guard error.code == .limited else { throw error }
            return false
        }
    }

    private static func state(
        _ schedule: Schedule, nextAt: Timestamp? = nil, startingAt now: Timestamp? = nil
    ) throws(StorageError) -> ScheduleState {
        let expression: CronExpression
        do {
            expression = try CronExpression(parsing: schedule.cron)
        } catch {
            throw StorageError(.invalid, "The time of the schedule cannot be read: \(error)", underlying: error)
        }
        guard let zone = TimeZone(identifier: schedule.timeZone) else {
            throw StorageError(.invalid, "This server knows no time zone named '\(schedule.timeZone)'.")
        }
        if let now { return .init(expression: expression, zone: zone, policy: schedule.missed, startingAt: now) }
        return .init(expression: expression, zone: zone, policy: schedule.missed, nextAt: nextAt)
    }

    // MARK: Rows

    private static func schedule(
        _ name: String, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> Schedule? {
        let row = try connection.query(
            "SELECT \(columns) FROM schedule WHERE workspace = $1 AND name = $2", [SQLValue(workspace), .text(name)]
        ).first
        return if let row { try schedule(row) } else { nil }
    }

    private static func existing(
        _ name: String, in workspace: WorkspaceID, on connection: any SQLConnection
    ) throws(StorageError) -> Schedule {
        guard let schedule = try schedule(name, in: workspace, on: connection) else { throw noSchedule(name) }
        return schedule
    }

    private static func noSchedule(_ name: String) -> StorageError {
        StorageError(.notFound, "There is no schedule named '\(name)'.")
    }

    private static func schedule(_ row: SQLRow) throws(StorageError) -> Schedule {
        Schedule(
            id: try row.id("id"), workspace: try row.id("workspace"), name: try row.text("name"),
            kind: try row.text("kind"), input: try row.json("input"), priority: Int(try row.integer("priority")),
            cron: try row.text("cron"), timeZone: try row.text("time_zone"),
            missed: MissedTickPolicy(try row.text("missed")) ?? .latest, isPaused: try row.bool("is_paused"),
            problem: try row.optionalText("problem"), nextAt: try row.optionalTime("next_at"),
            lastAt: try row.optionalTime("last_at"), lastJob: try row.optionalID("last_job"),
            createdAt: try row.time("created_at"), updatedAt: try row.time("updated_at"))
    }
}
