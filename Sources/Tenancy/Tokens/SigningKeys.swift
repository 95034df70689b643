import Endpoints
import Crypto
import Foundation
package import Model
package import Storage
import Synchronization

/// The keys that sign access tokens: the next one, published before it is used; the active one; and retiring ones, which
/// still verify what they signed. Every process reads them from the database; a rotation needs no restart.
package final class SigningKeys: Sendable {
    /// The keys as of one reading.
    struct Ring: Sendable {
        let active: SigningKey
        let verification: [String: (key: VerificationKey, retiresAt: Timestamp?)]
        let document: KeySetDocument
        let readAt: ContinuousClock.Instant
    }

    private let database: any SQLDatabase
    private let vault: Vault
    private let ring = Mutex<Ring?>(nil)
    private let now: @Sendable () -> ContinuousClock.Instant
    private let wallClock: @Sendable () -> Timestamp

    /// How old a reading may be. A new key is published for much longer before it signs.
    package static let freshness: Duration = .seconds(60)
    /// How often a key that is not known makes the process read them again.
    package static let unknownInterval: Duration = .seconds(5)
    /// How long a key verifies after it signed its last token, and other processes learnt of it.
    package static let retirement: Duration = .seconds(3_600)

    /// - Parameters:
    ///   - now: for the age of a reading; a test moves it.
    ///   - wallClock: for the end of retiring keys; a test moves it.
    package init(
        database: any SQLDatabase, vault: Vault, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        wallClock: @escaping @Sendable () -> Timestamp = { .now }
    ) {
        self.database = database
        self.vault = vault
        self.now = now
        self.wallClock = wallClock
    }

    /// Makes the active and the next key where there are none; of several processes that start together, one does.
    package func prepare() async throws {
        for state in [State.active, .next] { try await makeKey(state) }
        _ = try await read()
    }

    /// The next key becomes the active one, a new next one is made, and the active one retires.
    ///
    /// - Returns: the name of the key that signs from now on.
    @discardableResult
    package func rotate(
        by caller: Caller = Caller(.local), journal: any AccountJournal = NoAccountJournal()
    ) async throws -> String {
        let (key, sealed) = try newKey()
        let active = try await database.write { connection throws(StorageError) -> String? in
            // Locks the rows, so that two rotations come one after the other.
            _ = try connection.query("SELECT kid FROM signing_keys ORDER BY kid \(connection.dialect.forUpdate)")
            try connection.execute("DELETE FROM signing_keys WHERE state = 'retiring' AND retires_at <= now_us()")
            try connection.execute(
                "UPDATE signing_keys SET state = 'retiring', retires_at = now_us() + $1 WHERE state = 'active'",
                [.integer(Self.retirement.microseconds)])
            let active = try connection.query(
                "UPDATE signing_keys SET state = 'active', activated_at = now_us() WHERE state = 'next' RETURNING kid"
            ).first?.text("kid")
            try Self.insert(key, sealed, .next, on: connection)
            if let active { try journal.record(.signingKeysRotated(to: active, by: caller), on: connection) }
            return active
        }
        _ = try await read()
        guard let active else { throw StorageError(.notFound, "There was no next signing key; start the server once.") }
        return active
    }

    /// The public keys, as `/.well-known/jwks.json` shows them.
    package func document() async throws -> KeySetDocument { try await current().document }

    /// The keys, read again when the last reading is old.
    func current() async throws -> Ring {
        if let ring = ring.withLock({ $0 }), now() - ring.readAt < Self.freshness { return ring }
        return try await read()
    }

    /// The key of that name if it may still verify. For a name that is not known the keys are read again, seldom.
    func verificationKey(_ kid: String) async throws -> VerificationKey? {
        var ring = try await current()
        if ring.verification[kid] == nil, now() - ring.readAt >= Self.unknownInterval { ring = try await read() }
        guard let found = ring.verification[kid], found.retiresAt.map({ $0 > wallClock() }) ?? true else { return nil }
        return found.key
    }

    private enum State: String, Sendable { case next, active, retiring }

    private func makeKey(_ state: State) async throws {
        let (key, sealed) = try newKey()
        try await database.write { connection throws(StorageError) in
            let existing = try connection.query(
                "SELECT kid FROM signing_keys WHERE state = $1", [.text(state.rawValue)])
            if existing.isEmpty { try Self.insert(key, sealed, state, on: connection) }
        }
    }

    private func newKey() throws -> (SigningKey, sealed: String) {
        let key = SigningKey()
        return (key, try vault.seal(key.stored, for: Self.place(key.kid)))
    }

    private static func insert(
        _ key: SigningKey, _ sealed: String, _ state: State, on connection: any SQLConnection
    ) throws(StorageError) {
        // Index: signing_keys_single. Whoever comes second leaves it to the first.
        try connection.execute(
            """
            INSERT INTO signing_keys (kid, algorithm, state, public_key, private_key, created_at, activated_at)
            VALUES ($1, 'EdDSA', $2, $3, $4, now_us(), CASE WHEN $2 = 'active' THEN now_us() END)
            ON CONFLICT DO NOTHING
            """, [.text(key.kid), .text(state.rawValue), .text(key.publicText), .text(sealed)])
    }

    private func read() async throws -> Ring {
        let readAt = now()
        let rows = try await database.read { connection throws(StorageError) in
            try connection.query(
                "SELECT kid, state, public_key, private_key, retires_at FROM signing_keys ORDER BY created_at")
        }
        var verification: [String: (key: VerificationKey, retiresAt: Timestamp?)] = [:]
        var active: SigningKey?
        var published: [KeySetDocument.Key] = []
        for row in rows {
            let kid = try row.text("kid")
            let publicText = try row.text("public_key")
            guard let bytes = Base64URL.bytes(publicText) else { throw damaged(kid) }
            let key = VerificationKey(kid: kid, try Curve25519.Signing.PublicKey(rawRepresentation: bytes))
            verification[kid] = (key, try row.optionalTime("retires_at"))
            published.append(KeySetDocument.Key(x: publicText, kid: kid))
            if State(rawValue: try row.text("state")) == .active {
                let secret = try vault.open(try row.text("private_key"), for: Self.place(kid))
                guard let key = SigningKey(stored: secret), key.kid == kid else { throw damaged(kid) }
                active = key
            }
        }
        guard let active else {
            throw StorageError(.notFound, "There is no active signing key; start the server once to make one.")
        }
        let new = Ring(
            active: active, verification: verification, document: KeySetDocument(keys: published), readAt: readAt)
        ring.withLock { $0 = new }
        return new
    }

    private func damaged(_ kid: String) -> StorageError {
        StorageError(.corrupt, "The signing key \(kid) cannot be read; rotate the signing keys.")
    }

    private static func place(_ kid: String) -> String { "signing_keys/\(kid)" }
}

/// A JSON Web Key Set (RFC 7517) of our public keys.
package struct KeySetDocument: Encodable, Hashable, Sendable {
    package let keys: [Key]

    /// One Ed25519 key (RFC 8037).
    package struct Key: Encodable, Hashable, Sendable {
        package let kty: String = "OKP"
        package let crv: String = "Ed25519"
        package let use: String = "sig"
        package let alg: String = "EdDSA"
        package let x: String
        package let kid: String
    }
}
