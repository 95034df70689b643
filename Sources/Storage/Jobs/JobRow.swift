import Foundation
import Model

/// The columns of `job` that make a `Job`, and reading them.
enum JobRow {
    /// For `SELECT` and `RETURNING`.
    static let columns = """
        id, workspace, kind, state, priority, input, result, failure, epoch, attempt, max_attempts, lost, session,
        cancel_requested, batch, request, position, stage, percent, operation, eta_low, eta_high, created_at, run_at,
        started_at, finished_at
        """

    static func job(_ row: SQLRow) throws(StorageError) -> Job {
        Job(
            id: try row.id("id"), workspace: try row.id("workspace"), kind: try row.text("kind"), state: try state(row),
            priority: Int(try row.integer("priority")), input: try row.json("input"),
            result: try row.optionalJSON("result"), failure: try decoded(row, "failure"), progress: try progress(row),
            epoch: try row.integer("epoch"), attempt: Int(try row.integer("attempt")),
            maxAttempts: Int(try row.integer("max_attempts")), lost: Int(try row.integer("lost")),
            cancelRequested: try row.bool("cancel_requested"), batch: try row.optionalID("batch"),
            position: try row.integer("position"), request: try row.optionalText("request"),
            createdAt: try row.time("created_at"), runAt: try row.time("run_at"),
            startedAt: try row.optionalTime("started_at"), finishedAt: try row.optionalTime("finished_at"))
    }

    static func lifecycle(_ row: SQLRow) throws(StorageError) -> JobLifecycle {
        JobLifecycle(
            state: try state(row), epoch: try row.integer("epoch"), attempt: Int(try row.integer("attempt")),
            lost: Int(try row.integer("lost")), maxAttempts: Int(try row.integer("max_attempts")))
    }

    private static func state(_ row: SQLRow) throws(StorageError) -> JobState {
        let text = try row.text("state")
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
