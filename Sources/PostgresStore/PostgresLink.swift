import Dispatch
import Metrics
import Model
import Storage

/// A place in the pool: a queue of its own for blocking calls, and the session on it, opened when it is needed and again
/// when it broke or grew old.
///
/// `@unchecked`: the session is touched only on the queue.
final class PostgresLink: @unchecked Sendable {
    let queue = DispatchQueue(label: "suisha.postgres.connection")
    private let settings: PostgresSettings
    private let lifetime: Duration
    private var session: PostgresSession?

    init(_ settings: PostgresSettings) {
        self.settings = settings
        lifetime = settings.maximumLifetime * Double.random(in: 0.9...1.1)
    }

    /// Runs blocking work on the link's own thread.
    func perform<Value: Sendable>(
        _ work: @escaping @Sendable (PostgresLink) -> Result<Value, StorageError>
    ) async -> Result<Value, StorageError> {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: work(self)) }
        }
    }

    /// Closes the session once what runs on it is done.
    func close() {
        queue.async { self.session = nil }
    }

    // MARK: On the link's queue

    /// The open session, or a new one.
    func connected() throws(StorageError) -> PostgresSession {
        if let session, !session.isLost, .now - session.openedAt < lifetime { return session }
        session = nil
        let opened = try PostgresSession(url: settings.connectionURL, settings: settings)
        Counter(label: MetricNames.connects).increment()
        if settings.preparesStatements { try opened.run(sessionSettings("SET")) }
        session = opened
        return opened
    }

    /// Runs `body` in a transaction and says what to announce.
    ///
    /// A session that broke while it was idle is replaced before `body` sees it.
    func transaction<Value>(
        _ kind: String, _ cancellation: CallCancellation,
        _ body: (any SQLConnection) throws(StorageError) -> Value
    ) -> Result<(Value, Set<String>), StorageError> {
        do throws(StorageError) {
            try cancellation.check()
            let session = try begin(kind)
            cancellation.attach(session.canceler)
            let connection = PostgresConnection(session, cancellation)
            let result = run(body, on: connection, session, cancellation)
            connection.end()
            var isSpent = cancellation.detach() || session.isLost || session.isInTransaction
            if case .failure(let error) = result { isSpent = isSpent || error.isStalePlan }
            if isSpent { self.session = nil }
            return result.map { ($0, connection.announcements) }
        } catch {
            return .failure(error)
        }
    }

    private func begin(_ kind: String) throws(StorageError) -> PostgresSession {
        let known = session
        let opened = try connected()
        do {
            try opened.run(beginning(kind))
            return opened
        } catch {
            guard error.isConnectionLoss, known === opened else { throw error }
            session = nil
            let again = try connected()
            try again.run(beginning(kind))
            return again
        }
    }

    /// What differs per transaction goes with BEGIN, in the same round trip: behind a transaction pooler a session's
    /// settings would stick to somebody else's connection.
    private func beginning(_ kind: String) -> String {
        var statements = ["BEGIN \(kind)"]
        if !settings.preparesStatements {
            statements.append(sessionSettings("SET LOCAL"))
        }
        if let offset = settings.clockOffset?() {
            statements.append("SET LOCAL suisha.clock_offset_us = '\(offset.microseconds)'")
        }
        return statements.joined(separator: "; ")
    }

    /// Every statement of ours is made for an index. The planner must not take another way because the table was empty when
    /// it planned: the plan is kept, and the table may hold a million rows a minute later.
    private func sessionSettings(_ set: String) -> String {
        let detours = ["seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort"]
        let values = [
            "statement_timeout = \(settings.statementTimeout.whole)",
            "idle_in_transaction_session_timeout = \(settings.transactionIdle.whole)", "jit = off",
        ]
        return (values + detours.map { "enable_\($0) = off" }).map { "\(set) \($0)" }.joined(separator: "; ")
    }

    private func run<Value>(
        _ body: (any SQLConnection) throws(StorageError) -> Value, on connection: PostgresConnection,
        _ session: PostgresSession, _ cancellation: CallCancellation
    ) -> Result<Value, StorageError> {
        do throws(StorageError) {
            let value = try body(connection)
            if let failure = connection.failure { throw failure }
            try cancellation.check()
            try session.run("COMMIT")
            return .success(value)
        } catch {
            if !session.isLost { try? session.run("ROLLBACK") }
            return .failure(cancellation.isCanceled && !error.isConnectionLoss ? CallCancellation.error : error)
        }
    }
}

extension Duration {
    /// Whole milliseconds, as PostgreSQL's settings take them.
    fileprivate var whole: Int64 { microseconds / 1_000 }

    fileprivate static func * (left: Duration, right: Double) -> Duration {
        .microseconds(Int64(Double(left.microseconds) * right))
    }
}
