package import Model
package import Storage

/// The processes that measure, each under a name of its own.
package struct NodeStore: Sendable {
    let database: any SQLDatabase

    /// A process that was not seen for so long is gone.
    static let lifetime: Duration = .seconds(60)

    package init(database: any SQLDatabase) {
        self.database = database
    }

    /// Takes a name for this process: the wanted one, or that with a number behind it while another process has it.
    ///
    /// A process that starts again gets its name back, so that what it measured before stays in one line.
    func enter(_ node: Node) async throws(StorageError) -> (name: String, now: Timestamp) {
        try await database.write(.derived) { connection throws(StorageError) in
            let now = try connection.row("SELECT now_us() AS now").time("now")
            var taken: Set<String> = []
            for row in try connection.query(
                "SELECT name, host, process, seen_at FROM operations_node ORDER BY name \(connection.dialect.forUpdate)"
            ) {
                let (host, process) = (try row.text("host"), try row.text("process"))
                let isFresh = now - (try row.time("seen_at")) < Self.lifetime
                let isOwn = host == node.host && process == node.process
                let isDead = host == node.host && !node.isAlive(process)
                if isFresh, !isOwn, !isDead { taken.insert(try row.text("name")) }
            }
            let names = [node.name] + (2...(taken.count + 2)).map { "\(node.name)-\($0)" }
            let name = names.first { !taken.contains($0) } ?? node.name
            _ = try connection.execute(
                """
                INSERT INTO operations_node (name, host, process, roles, version, started_at, seen_at)
                VALUES ($1, $2, $3, $4, $5, now_us(), now_us())
                ON CONFLICT (name) DO UPDATE SET host = excluded.host, process = excluded.process,
                    roles = excluded.roles, version = excluded.version, started_at = excluded.started_at,
                    seen_at = excluded.seen_at
                """,
                [
                    .text(name), .text(node.host), .text(node.process), .text(node.roles.joined(separator: ",")),
                    .text(node.version),
                ])
            return (name, now)
        }
    }

    /// Shows that the process lives.
    ///
    /// - Returns: the time; nil when the name is another's by now.
    func stay(_ name: String, _ node: Node) async throws(StorageError) -> Timestamp? {
        try await database.write(.derived) { connection throws(StorageError) in
            try connection.query(
                "UPDATE operations_node SET seen_at = now_us() WHERE name = $1 AND host = $2 AND process = $3 RETURNING seen_at",
                [.text(name), .text(node.host), .text(node.process)]
            ).first?.time("seen_at")
        }
    }

    /// Gives the name back.
    func leave(_ name: String, _ node: Node) async throws(StorageError) {
        try await database.write(.derived) { connection throws(StorageError) in
            _ = try connection.execute(
                "UPDATE operations_node SET seen_at = 0 WHERE name = $1 AND host = $2 AND process = $3",
                [.text(name), .text(node.host), .text(node.process)])
        }
    }

    /// Those that are there, and those that were, by name.
    func all() async throws(StorageError) -> [NodeStatus] {
        try await database.read { connection throws(StorageError) in
            var nodes: [NodeStatus] = []
            for row in try connection.query(
                "SELECT name, roles, version, started_at, seen_at, now_us() AS now FROM operations_node ORDER BY name")
            {
                let seen = try row.time("seen_at")
                nodes.append(
                    NodeStatus(
                        name: try row.text("name"), roles: try row.text("roles").split(separator: ",").map(String.init),
                        version: try row.text("version"), startedAt: try row.time("started_at"),
                        seenAt: seen.microseconds == 0 ? nil : seen,
                        isAlive: try row.time("now") - seen < Self.lifetime))
            }
            return nodes
        }
    }

    /// Forgets nodes of which nothing is remembered any more.
    func removeOld(_ age: Duration) async throws(StorageError) {
        try await database.write(.derived) { connection throws(StorageError) in
            _ = try connection.execute(
                "DELETE FROM operations_node WHERE seen_at < now_us() - $1 AND started_at < now_us() - $1",
                [.integer(age.microseconds)])
        }
    }
}

/// The process that measures.
package struct Node: Sendable {
    /// What it would like to be called.
    package let name: String
    /// Where it runs: processes of the same place can judge whether another is alive.
    package let host: String
    package let process: String
    package let roles: [String]
    package let version: String
    package let isAlive: @Sendable (_ process: String) -> Bool

    package init(
        name: String, host: String, process: String, roles: [String], version: String,
        isAlive: @escaping @Sendable (_ process: String) -> Bool
    ) {
        self.name = name
        self.host = host
        self.process = process
        self.roles = roles
        self.version = version
        self.isAlive = isAlive
    }
}

/// A process that measures or measured, as others see it.
package struct NodeStatus: Hashable, Sendable, Encodable {
    package let name: String
    package let roles: [String]
    package let version: String
    package let startedAt: Timestamp
    /// Its last sign of life; nil when it took its leave.
    package let seenAt: Timestamp?
    package let isAlive: Bool

    private enum CodingKeys: String, CodingKey {
        case name, roles, version
        case startedAt = "started_at"
        case seenAt = "seen_at"
        case isAlive = "alive"
    }
}
