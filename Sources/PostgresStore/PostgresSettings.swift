import Foundation
package import Storage

/// Which PostgreSQL server to use, and how many connections to it.
package struct PostgresSettings: Sendable {
    /// What libpq connects to: a URL without our own parameters. Holds the password, so it is never shown.
    let connectionURL: String
    /// Host and database for error messages, without user and password.
    let place: String
    /// Connections that stay open when idle (`pool_min`).
    package var minimumConnections = 1
    /// Connections open at once (`pool_max`).
    package var maximumConnections = 10
    /// Calls that may wait for a connection; more are `busy` (`pool_queue`).
    package var queueLimit = 4096
    /// How long a call waits for a connection before it is `busy` (`pool_wait`, in milliseconds).
    package var acquireTimeout: Duration = .seconds(10)
    /// After how long a connection is replaced, give or take a tenth (`pool_lifetime`, in seconds).
    package var maximumLifetime: Duration = .seconds(1800)
    /// After how long an idle connection above the minimum is closed (`pool_idle`, in seconds).
    package var idleTimeout: Duration = .seconds(300)
    /// The longest a statement may run (`statement_timeout`, in milliseconds).
    package var statementTimeout: Duration = .seconds(30)
    /// How long a transaction may stand still between two statements (`transaction_idle`, in milliseconds). A process that
    /// was frozen there would keep its locks, and every sweep would wait for it. Shorter than a lease.
    package var transactionIdle: Duration = .seconds(5)
    /// Whether statements are prepared on the server; off behind a pooler in transaction mode (`prepare=false`).
    package var preparesStatements = true
    /// Where to LISTEN when `connectionURL` leads to a transaction pooler, which loses notifications (`listen`).
    package var listenURL: String?
    /// How often a body runs again after a deadlock or a serialization failure.
    package var retries = 10
    /// How long announcements gather before one NOTIFY carries them.
    package var announceWindow: Duration = .milliseconds(5)
    /// Moves `now_us()`, for tests; read at the start of every transaction.
    package var clockOffset: (@Sendable () -> Duration)?

    /// Reads `postgres://user:password@host:port/database?…`, or several hosts, as libpq does. The parameters named above
    /// are ours and are taken out; libpq gets the rest.
    ///
    /// - Throws: `invalid` for another scheme or a parameter that cannot be read; the message never shows the URL.
    package init(url: String) throws(StorageError) {
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
            throw StorageError(
                .invalid, "A PostgreSQL database is named by postgres://user:password@host:port/database.")
        }
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var kept: [Substring] = []
        var own: [String: String] = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(halves[0])
            if Self.ownNames.contains(name) {
                own[name] = halves.count > 1 ? halves[1].removingPercentEncoding ?? "" : ""
            } else {
                kept.append(pair)
            }
        }
        connectionURL = parts[0] + (kept.isEmpty ? "" : "?" + kept.joined(separator: "&"))
        place = try ConnectionText.place(of: connectionURL)
        if let count = try Self.number("pool_min", own, 0...1_000) { minimumConnections = count }
        if let count = try Self.number("pool_max", own, 1...1_000) { maximumConnections = count }
        if let count = try Self.number("pool_queue", own, 0...1_000_000) { queueLimit = count }
        if let time = try Self.number("pool_wait", own, 1...600_000) { acquireTimeout = .milliseconds(time) }
        if let time = try Self.number("pool_lifetime", own, 1...604_800) { maximumLifetime = .seconds(time) }
        if let time = try Self.number("pool_idle", own, 1...604_800) { idleTimeout = .seconds(time) }
        if let time = try Self.number("transaction_idle", own, 1...86_400_000) {
            transactionIdle = .milliseconds(time)
        }
        if let time = try Self.number("statement_timeout", own, 1...86_400_000) {
            statementTimeout = .milliseconds(time)
        }
        if let prepare = own["prepare"] {
            guard prepare == "true" || prepare == "false" else {
                throw StorageError(.invalid, "The database URL's parameter 'prepare' must be true or false.")
            }
            preparesStatements = prepare == "true"
        }
        listenURL = own["listen"]
        guard minimumConnections <= maximumConnections else {
            throw StorageError(
                .invalid,
                "The database URL's pool_min (\(minimumConnections)) is above pool_max (\(maximumConnections)).")
        }
    }

    private static let ownNames: Set<String> = [
        "pool_min", "pool_max", "pool_queue", "pool_wait", "pool_lifetime", "pool_idle", "statement_timeout",
        "transaction_idle", "prepare",
        "listen",
    ]

    private static func number(
        _ name: String, _ own: [String: String], _ range: ClosedRange<Int>
    ) throws(StorageError) -> Int? {
        guard let text = own[name] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw StorageError(
                .invalid,
                "The database URL's parameter '\(name)' must be a number from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return number
    }
}
