import Foundation
package import Logging
import Metrics
import Model
package import Storage

/// Letters that wait in the database: written in the transaction that causes them, sent afterwards, tried again for a day.
package struct MailQueue: Sendable {
    private let database: any SQLDatabase
    private let vault: Vault

    /// What is announced when there is a letter.
    static let signal = "mail"
    private static let lifetime: Duration = .seconds(86_400)
    /// How long one process may take to send a letter before another one tries.
    private static let claim: Duration = .seconds(120)

    package init(database: any SQLDatabase, vault: Vault) {
        self.database = database
        self.vault = vault
    }

    /// A letter in the form that is stored; made before the transaction, because encrypting is no work for it.
    func sealed(_ letter: Letter) throws -> SealedLetter {
        let id = UUID()
        let text = String(decoding: try JSONEncoder().encode(letter), as: UTF8.self)
        return SealedLetter(
            id: id.uuidString.lowercased(), text: try vault.seal(Secret(text), for: Self.place(id.uuidString)))
    }

    /// Puts a letter into the queue as part of the caller's transaction.
    static func add(_ letter: SealedLetter, on connection: any SQLConnection) throws(StorageError) {
        try connection.execute(
            """
            INSERT INTO mail_queue (id, letter, next_at, expires_at, created_at)
            VALUES ($1, $2, now_us(), now_us() + $3, now_us())
            """, [.text(letter.id), .text(letter.text), .integer(lifetime.microseconds)])
        connection.announce(signal)
    }

    /// Sends what is due through `transport` and returns how many letters left the queue.
    ///
    /// A letter that cannot be sent is tried again after 1, 2, 4 … minutes, until it is a day old. A process that dies while
    /// it sends leaves the letter to the others, so a letter may come twice.
    package func sendDue(through transport: any MailTransport, logger: Logger) async throws -> Int {
        var gone = 0
        for letter in try await claimDue() {
            do {
                let opened = try vault.open(letter.text, for: Self.place(letter.id))
                let content = try JSONDecoder().decode(Letter.self, from: Data(opened.revealed.utf8)).checked()
                if !content.recipient.isEmpty { try await transport.send(content) }
                try await remove(letter.id)
                gone += 1
                if !content.recipient.isEmpty { count("sent") }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                count("failed")
                logger.warning("letter not sent", metadata: ["mail": "\(letter.id)", "reason": "\(error)"])
            }
        }
        return gone
    }

    /// Sends letters as they come, until the task is cancelled.
    package func run(through transport: any MailTransport, logger: Logger) async {
        let signals = database.signals(for: Self.signal)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in signals { await attempt(through: transport, logger) }
            }
            group.addTask {
                // For those that are tried again, and for signals that were lost.
                while !Task.isCancelled {
                    await attempt(through: transport, logger)
                    try? await Task.sleep(for: .seconds(30))
                }
            }
        }
    }

    private func attempt(through transport: any MailTransport, _ logger: Logger) async {
        do {
            while try await sendDue(through: transport, logger: logger) > 0 {}
        } catch is CancellationError {
        } catch {
            logger.warning("letters wait, because the database did not answer", metadata: ["reason": "\(error)"])
        }
    }

    /// Takes letters for this process and moves their next attempt on. Index: mail_queue_due.
    private func claimDue() async throws -> [SealedLetter] {
        let (due, dropped) = try await database.write { connection throws(StorageError) in
            let dropped = try connection.execute("DELETE FROM mail_queue WHERE expires_at <= now_us()")
            let rows = try connection.query(
                """
                UPDATE mail_queue
                SET attempts = attempts + 1,
                    next_at = now_us() + $1 + 60000000 * (CASE WHEN attempts > 6 THEN 64 WHEN attempts > 4 THEN 16
                        WHEN attempts > 2 THEN 4 ELSE 1 END)
                WHERE id IN (SELECT id FROM mail_queue WHERE next_at <= now_us() ORDER BY next_at LIMIT 20
                    \(connection.dialect.skipLocked))
                RETURNING id, letter, created_at
                """, [.integer(Self.claim.microseconds)])
            var letters: [(letter: SealedLetter, createdAt: Int64)] = []
            for row in rows {
                let letter = SealedLetter(id: try row.text("id"), text: try row.text("letter"))
                letters.append((letter, try row.integer("created_at")))
            }
            // In the order in which they were written, so that the newest link is in the newest letter.
            return (letters.sorted { $0.createdAt < $1.createdAt }.map(\.letter), dropped)
        }
        if dropped > 0 { count("dropped", dropped) }
        return due
    }

    private func remove(_ id: String) async throws {
        try await database.write { connection throws(StorageError) in
            _ = try connection.execute("DELETE FROM mail_queue WHERE id = $1", [.text(id)])
        }
    }

    private func count(_ outcome: String, _ letters: Int = 1) {
        Counter(label: MetricNames.mails, dimensions: [("outcome", outcome)]).increment(by: letters)
    }

    private static func place(_ id: String) -> String { "mail_queue/\(id.lowercased())" }
}

/// A letter as the database keeps it.
struct SealedLetter: Sendable {
    let id: String
    let text: String
}
