import Crypto
package import Endpoints
import Foundation
import Model
package import Storage

/// Tickets for connections whose opener cannot send headers: each opens one, on any node, within half a minute.
///
/// A ticket stands for the credentials that it was asked for with, so whoever connects with it has their rights, and loses them
/// when they lapse. The database has only the hash of the ticket and, encrypted, what it stands for.
package struct LiveTickets: Sendable {
    /// How long a ticket can be used.
    package static let lifetime: Duration = .seconds(30)

    private let database: any SQLDatabase
    private let key: SymmetricKey

    package init(database: any SQLDatabase, server: ServerKey) {
        self.database = database
        key = server.key(for: "live tickets")
    }

    /// Makes a ticket that stands for some header fields.
    package func issue(for fields: [String: String]) async throws -> String {
        let ticket = Base64URL.encoded(Data((0..<32).map { _ in UInt8.random(in: .min ... .max) }))
        let hash = Self.hash(ticket)
        let box = try AES.GCM.seal(JSONEncoder().encode(fields), using: key, authenticating: Data(hash.utf8))
        guard let sealed = box.combined?.base64EncodedString() else {
            throw StorageError(.invalid, "A ticket could not be encrypted.")
        }
        try await database.write { connection throws(StorageError) in
            // Few at a time are of the past, because each that is made removes those.
            try connection.execute("DELETE FROM live_ticket WHERE expires_at <= now_us()")
            try connection.execute(
                "INSERT INTO live_ticket (hash, content, expires_at) VALUES ($1, $2, now_us() + $3)",
                [.text(hash), .text(sealed), .integer(Self.lifetime.microseconds)])
        }
        return ticket
    }

    /// Uses a ticket up.
    ///
    /// - Returns: the fields that it stands for.
    /// - Throws: `Problem` 401 when it was used before or is too old.
    package func redeem(_ ticket: String) async throws -> [String: String] {
        let hash = Self.hash(ticket)
        let rows = try await database.write { connection throws(StorageError) in
            try connection.query(
                "DELETE FROM live_ticket WHERE hash = $1 AND expires_at > now_us() RETURNING content", [.text(hash)])
        }
        guard let sealed = try rows.first?.text("content"), let data = Data(base64Encoded: sealed),
            let box = try? AES.GCM.SealedBox(combined: data),
            let plain = try? AES.GCM.open(box, using: key, authenticating: Data(hash.utf8))
        else {
            throw Problem(
                .unauthenticated, "The ticket is not good: each opens one connection, within 30 seconds. Get another.",
                field: "ticket")
        }
        return try JSONDecoder().decode([String: String].self, from: plain)
    }

    private static func hash(_ ticket: String) -> String {
        SHA256.hash(data: Data(ticket.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
