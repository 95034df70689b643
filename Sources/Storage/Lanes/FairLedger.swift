import Model
import Synchronization

/// What this process knows about fairness and has not written yet: corrections of what jobs were charged, and how long they
/// ran. Written with the next promotion and with each sweep; what a crash loses are small unfairnesses of a moment.
final class FairLedger: Sendable {
    private struct State {
        var corrections: [Lane.Share: Int64] = [:]
        var runs: [String: (count: Int64, total: Int64)] = [:]
        var limited: Set<WorkspaceID> = []
        var settledAt: ContinuousClock.Instant?
    }

    /// How often what was noted is written at most.
    private static let interval: Duration = .milliseconds(200)

    private let state = Mutex(State())

    func note(_ aftermath: Aftermath) {
        guard !aftermath.corrections.isEmpty || !aftermath.runs.isEmpty else { return }
        state.withLock { state in
            state.corrections.merge(aftermath.corrections, uniquingKeysWith: +)
            state.runs.merge(aftermath.runs) { ($0.count + $1.count, $0.total + $1.total) }
        }
    }

    /// What to promote after a change: of the workspaces only those that have a limit.
    func order(after aftermath: Aftermath) -> PromotionOrder {
        let limited = state.withLock { $0.limited }
        return PromotionOrder(
            lanes: aftermath.lanes, caps: aftermath.caps, workspaces: aftermath.workspaces.intersection(limited))
    }

    /// Remembers which workspaces have a limit of their own, as of the latest sweep.
    func learn(limited: Set<WorkspaceID>) {
        state.withLock { $0.limited = limited }
    }

    /// Writes what was noted, now and then, in a transaction of its own: it locks shares, and a promotion locks caps first.
    func settle(in database: any SQLDatabase) async {
        let taken = state.withLock { state -> State? in
            guard !state.corrections.isEmpty || !state.runs.isEmpty,
                state.settledAt.map({ .now - $0 >= Self.interval }) ?? true
            else { return nil }
            defer {
                state.corrections = [:]
                state.runs = [:]
            }
            state.settledAt = .now
            return state
        }
        guard let taken else { return }
        try? await database.write(.derived) { connection throws(StorageError) in
            try Self.correct(taken.corrections, on: connection)
            try Self.learn(taken.runs, on: connection)
        }
    }

    private static func correct(
        _ corrections: [Lane.Share: Int64], on connection: any SQLConnection
    ) throws(StorageError) {
        guard !corrections.isEmpty else { return }
        try connection.execute(
            """
            UPDATE fair_share SET finish = CASE WHEN finish + $3 / COALESCE(
                    (SELECT weight FROM workspace_limit WHERE workspace = $1), 1) > 0
                THEN finish + $3 / COALESCE((SELECT weight FROM workspace_limit WHERE workspace = $1), 1) ELSE 0 END
            WHERE workspace = $1 AND band = $2
            """,
            batch: corrections.sorted { $0.key < $1.key }.map { share, difference in
                [SQLValue(share.workspace), SQLValue(share.band), .integer(difference)]
            })
    }

    // A mean over about the last thousand runs.
    private static func learn(
        _ runs: [String: (count: Int64, total: Int64)], on connection: any SQLConnection
    ) throws(StorageError) {
        guard !runs.isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO kind_cost (kind, samples, mean_us) VALUES ($1, $2, $3)
            ON CONFLICT (kind) DO UPDATE SET
                samples = CASE WHEN kind_cost.samples + excluded.samples > 1000 THEN 1000
                    ELSE kind_cost.samples + excluded.samples END,
                mean_us = (kind_cost.mean_us * kind_cost.samples + excluded.mean_us * excluded.samples)
                    / (kind_cost.samples + excluded.samples)
            """,
            batch: runs.sorted { $0.key < $1.key }.map { kind, runs in
                [.text(kind), .integer(runs.count), .double(Double(runs.total) / Double(runs.count))]
            })
    }
}
