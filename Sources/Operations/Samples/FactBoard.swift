import Foundation
import Model
import Storage

/// Where one node writes down for all what it found out about the queue, and whether somebody looks at the newest seconds.
struct FactBoard: Sendable {
    let database: any SQLDatabase
    let statistics: any JobStatistics

    /// The facts are read anew after this, or after fifty times what reading them takes.
    static let interval: Duration = .seconds(5)
    private static let costShare = 50
    /// How many workspaces are followed for fairness.
    private static let followed = 100
    /// The time over which what a workspace had of the workers fades away.
    private static let memory: Duration = .seconds(60)

    /// What the board says.
    struct Content: Sendable {
        var facts: QueueFacts?
        /// Whether somebody looks at the newest seconds of all nodes.
        var isWatched: Bool
        /// The database's clock.
        var now: Timestamp
    }

    /// Reads the board, and the facts anew where it is time and nobody else does.
    func read(clock: () -> ContinuousClock.Instant) async throws(StorageError) -> Content {
        var (board, now, watchedAt) = try await look()
        // Half a second early, so that whoever looks at each interval's end does not miss every second one.
        let interval = (board?.interval ?? Self.interval) - .milliseconds(500)
        if (board.map { now - $0.takenAt } ?? interval) >= interval, try await takeTurn(after: interval) {
            board = try await renew(board, at: now, clock)
        }
        return Content(
            facts: board.map { $0.facts(at: now, clock()) }, isWatched: now - watchedAt < .seconds(30), now: now)
    }

    /// Somebody looks: for half a minute, nodes store their seconds sooner.
    func watch() async throws(StorageError) {
        try await database.write(.derived) { connection throws(StorageError) in
            _ = try connection.execute(
                """
                UPDATE operations_fact SET taken_at = now_us() WHERE name = 'watch' AND taken_at < now_us() - 10000000
                """)
        }
    }

    private func look() async throws(StorageError) -> (StoredFacts?, now: Timestamp, watchedAt: Timestamp) {
        try await database.read { connection throws(StorageError) in
            var (facts, now, watched) = (StoredFacts?.none, Timestamp.now, Timestamp(microseconds: 0))
            for row in try connection.query("SELECT name, taken_at, document, now_us() AS now FROM operations_fact") {
                now = try row.time("now")
                switch try row.text("name") {
                case "watch": watched = try row.time("taken_at")
                case "queue":
                    // Another version may have written it; then it is written anew.
                    facts = try? JSONDecoder().decode(StoredFacts.self, from: Data(row.text("document").utf8))
                default: break
                }
            }
            return (facts, now, watched)
        }
    }

    /// One of all nodes gets the turn.
    private func takeTurn(after interval: Duration) async throws(StorageError) -> Bool {
        try await database.write(.derived) { connection throws(StorageError) in
            try connection.execute(
                "UPDATE operations_fact SET taken_at = now_us() WHERE name = 'queue' AND taken_at <= now_us() - $1",
                [.integer(interval.microseconds)]) == 1
        }
    }

    private func renew(
        _ before: StoredFacts?, at now: Timestamp, _ clock: () -> ContinuousClock.Instant
    ) async throws(StorageError) -> StoredFacts {
        let began = clock()
        let overview = try await statistics.overview()
        let cost = began.duration(to: clock())
        let facts = StoredFacts(
            overview, follows: before, at: now, interval: max(Self.interval, cost * Self.costShare),
            memory: Self.memory, limit: Self.followed)
        let text: String
        do {
            text = try JSONText(encoding: facts).text
        } catch {
            throw StorageError(.invalid, "Facts about the queue cannot be written as JSON.", underlying: error)
        }
        try await database.write(.derived) { connection throws(StorageError) in
            _ = try connection.execute(
                "UPDATE operations_fact SET document = $1 WHERE name = 'queue'", [.text(text)])
        }
        return facts
    }
}

/// Facts about the queue as they stand on the board.
private struct StoredFacts: Codable, Sendable {
    let takenAt: Timestamp
    let intervalMicroseconds: Int64
    let states: [String: Int]
    let lagMicroseconds: Int64?
    let workers: Int
    let fairness: Double?
    let workspaces: [StoredRollup.Share]

    var interval: Duration { .microseconds(intervalMicroseconds) }

    init(
        _ overview: JobOverview, follows before: StoredFacts?, at now: Timestamp, interval: Duration, memory: Duration,
        limit: Int
    ) {
        takenAt = now
        intervalMicroseconds = interval.microseconds
        states = Dictionary(uniqueKeysWithValues: overview.states.map { ($0.key.rawValue, $0.value) })
        lagMicroseconds = overview.lag?.microseconds
        workers = overview.workers
        // What a workspace has now, blended with what it had: after the time of memory a third is left of that.
        let age = before.map { max(0, (now - $0.takenAt).fractionalSeconds) } ?? .infinity
        let kept = exp(-age / memory.fractionalSeconds)
        let earlier = Dictionary(
            (before?.workspaces ?? []).map { ($0.workspace, $0.recent) }, uniquingKeysWith: { first, _ in first })
        let shares = overview.workspaces.map { part in
            WorkspaceShare(
                workspace: part.workspace, running: part.running, waiting: part.waiting,
                recent: (earlier[part.workspace] ?? Double(part.running)) * kept + Double(part.running) * (1 - kept),
                weight: part.weight)
        }
        let followed = WorkspaceShare.top(shares, limit)
        fairness = WorkspaceShare.fairness(followed)
        workspaces = followed.map(StoredRollup.Share.init)
    }

    func facts(at now: Timestamp, _ instant: ContinuousClock.Instant) -> QueueFacts {
        QueueFacts(
            states: Dictionary(
                states.compactMap { name, count in JobState(rawValue: name).map { ($0, count) } },
                uniquingKeysWith: +),
            lag: lagMicroseconds.map { .microseconds($0) }, workers: workers, shares: workspaces.map(\.share),
            fairness: fairness, readAt: instant - max(.zero, now - takenAt))
    }
}
