import Foundation
import Model

/// Reading a `Job`: what is permanent from `job`, what moves from `live_job` while it is unfinished.
enum JobRow {
    /// The tables, for `FROM`.
    static let tables = "job j LEFT JOIN live_job l ON l.job = j.id"
    /// The state of a job, wherever it stands.
    static let state = "COALESCE(l.state, j.state)"
    /// For `SELECT`.
    static let columns = """
        j.id AS id, j.workspace AS workspace, j.kind AS kind, \(state) AS state, j.priority AS priority, j.input AS input,
        j.result AS result, j.failure AS failure, COALESCE(l.epoch, j.epoch) AS epoch,
        COALESCE(l.attempt, j.attempt) AS attempt, j.max_attempts AS max_attempts, COALESCE(l.lost, j.lost) AS lost,
        COALESCE(l.cancel_requested, j.cancel_requested) AS cancel_requested, j.batch AS batch, j.request AS request,
        j.trace AS trace, COALESCE(l.position, j.position) AS position, COALESCE(l.stage, j.stage) AS stage,
        COALESCE(l.percent, j.percent) AS percent, l.operation AS operation, l.eta_low AS eta_low,
        l.eta_high AS eta_high, j.created_at AS created_at, COALESCE(l.run_at, j.run_at) AS run_at,
        COALESCE(l.started_at, j.started_at) AS started_at, j.finished_at AS finished_at
        """

    static func job(_ row: SQLRow) throws(StorageError) -> Job {
        Job(
            id: try row.id("id"), workspace: try row.id("workspace"), kind: try row.text("kind"),
            state: try state(row.text("state")), priority: Int(try row.integer("priority")),
            input: try row.json("input"), result: try row.optionalJSON("result"),
            failure: try decoded(row, "failure"), progress: try progress(row), epoch: try row.integer("epoch"),
            attempt: Int(try row.integer("attempt")), maxAttempts: Int(try row.integer("max_attempts")),
            lost: Int(try row.integer("lost")), cancelRequested: try row.bool("cancel_requested"),
            batch: try row.optionalID("batch"), position: try row.integer("position"),
            request: try row.optionalText("request"), trace: try row.optionalText("trace"),
            createdAt: try row.time("created_at"), runAt: try row.time("run_at"),
            startedAt: try row.optionalTime("started_at"), finishedAt: try row.optionalTime("finished_at"))
    }

    static func jobs(_ rows: [SQLRow]) throws(StorageError) -> [Job] {
        var jobs: [Job] = []
        jobs.reserveCapacity(rows.count)
        for row in rows { jobs.append(try job(row)) }
        return jobs
    }

    static func state(_ text: String) throws(StorageError) -> JobState {
        guard let state = JobState(rawValue: text) else {
            throw StorageError(
                .corrupt, "A job is in the unknown state '\(text)'; a newer version may have written it.")
        }
        return state
    }

    private static func progress(_ row: SQLRow) throws(StorageError) -> JobProgress? {
        guard let stage = try row.optionalText("stage") else { return nil }
        var eta: JobProgress.Range?
        if let low = try row.optionalInteger("eta_low"), let high = try row.optionalInteger("eta_high") {
            eta = .init(low: .milliseconds(low), high: .milliseconds(high))
        }
        return JobProgress(
            stage: stage, percent: try row.optionalDouble("percent") ?? 0,
            operation: try row.optionalText("operation"), eta: eta)
    }

    private static func decoded<Value: Decodable>(_ row: SQLRow, _ column: String) throws(StorageError) -> Value? {
        guard let text = try row.optionalJSON(column) else { return nil }
        do {
            return try text.decode(Value.self)
        } catch {
            throw StorageError(.corrupt, "Column '\(column)' of a job cannot be read.", underlying: error)
        }
    }
}
