import Foundation
import Model
import Storage
import Synchronization
import Tenancy
import Web

/// Measures what it costs to find out who calls and what they may do: the real tables, the real cache, one process.
struct AccessBench: Sendable {
    let settings: ServerSettings
    /// Empty, and up to date.
    let database: any SQLDatabase
    let objects: any ObjectStore
    let checks: Int

    /// What was measured; each time is the median of several batches.
    struct Figures: Codable, Sendable {
        var checks: Int
        /// Whether a permission is among those that a role, a key, a plan and a workspace leave.
        var permissionNanoseconds: Double
        /// From the content of a `Cookie` header to the person, from memory.
        var sessionMicroseconds: Double
        /// The same with the cache turned off.
        var uncachedSessionMicroseconds: Double
        /// How often the checks asked the database.
        var databaseReads: Int
        var uncachedDatabaseReads: Int

        private enum CodingKeys: String, CodingKey {
            case checks
            case permissionNanoseconds = "permission_ns"
            case sessionMicroseconds = "session_us"
            case uncachedSessionMicroseconds = "uncached_session_us"
            case databaseReads = "database_reads"
            case uncachedDatabaseReads = "uncached_database_reads"
        }
    }

    private static let batches = 9

    func run() async throws -> Figures {
        let password = Secret(UUID().uuidString)
        let cached = try await sessions(remembering: true, password)
        let uncached = try await sessions(remembering: false, password)
        return Figures(
            checks: checks, permissionNanoseconds: Self.permissions(checks) * 1e9,
            sessionMicroseconds: cached.seconds * 1e6, uncachedSessionMicroseconds: uncached.seconds * 1e6,
            databaseReads: cached.reads, uncachedDatabaseReads: uncached.reads)
    }

    /// Seconds for one check.
    private static func permissions(_ checks: Int) -> Double {
        let authorities = [BuiltInRole.owner, .admin, .editor, .viewer].map { Authority(role: $0.permissions) }
        let asked = Permission.allCases
        var allowed = 0
        let times = (0..<batches).map { _ in
            ContinuousClock().measure {
                for round in 0..<checks {
                    let authority = authorities[round % authorities.count]
                    if authority.permissions.contains(asked[round % asked.count]) { allowed += 1 }
                }
            }
        }
        precondition(allowed > 0, "an owner may do something")
        return median(times) / Double(checks)
    }

    /// Seconds for one check, and how often all of them asked the database.
    private func sessions(remembering: Bool, _ password: Secret) async throws -> (seconds: Double, reads: Int) {
        var settings = settings
        settings.accounts.remembersSessions = remembering
        let counted = CountedReads(database)
        let stores = Stores(
            database: counted, jobs: SQLJobStore(database: database),
            objects: CountedObjectStore(objects, database: database), rates: MemoryRateWindows())
        let tenants = try await Tenants(
            settings, on: stores, remembering: .none, vault: try Vault([Secret(UUID().uuidString)]))
        let cookies = try await cookies(of: tenants.parts.service, password)
        let callers = tenants.parts.callers
        let first = counted.count
        var times: [Duration] = []
        for _ in 0..<Self.batches {
            let clock = ContinuousClock()
            let began = clock.now
            for _ in 0..<checks {
                guard try await callers.caller(cookies: cookies) != nil else {
                    throw CommandFailure("The session of the benchmark is not known.")
                }
            }
            times.append(clock.now - began)
        }
        return (Self.median(times) / Double(checks), counted.count - first)
    }

    /// The cookie of a person who has signed in; the first one makes the account.
    private func cookies(of accounts: AccountService, _ password: Secret) async throws -> String {
        let (email, client) = ("bench@example.com", ClientDescription(name: "bench", address: ""))
        let session: NewSession
        if let link = try await accounts.ownerLink(), let token = URLComponents(string: link)?.queryItems?.first?.value
        {
            let form = try AccountService.SignUpForm(email: email, name: "Bench", password: password)
            session = try await accounts.claimOwner(Secret(token), form, client: client)
        } else {
            guard case .signedIn(let new) = try await accounts.signIn(email: email, password: password, client: client)
            else { throw CommandFailure("The account of the benchmark has a second factor.") }
            session = new
        }
        let header = SessionCookie(isSecure: settings.http.publicOrigin?.scheme == "https").begin(session)
        return String(header.prefix { $0 != ";" })
    }

    private static func median(_ times: [Duration]) -> Double {
        times.map(\.fractionalSeconds).sorted()[times.count / 2]
    }
}

/// A database that counts how often it is asked.
private final class CountedReads: SQLDatabase {
    private let inner: any SQLDatabase
    private let reads = Mutex(0)

    init(_ inner: any SQLDatabase) {
        self.inner = inner
    }

    var count: Int { reads.withLock { $0 } }
    var dialect: SQLDialect { inner.dialect }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        reads.withLock { $0 += 1 }
        return try await inner.read(body)
    }

    func write<Value: Sendable>(
        _ manner: WriteManner, _ body: @escaping @Sendable (any SQLConnection) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        reads.withLock { $0 += 1 }
        return try await inner.write(manner, body)
    }

    func signals(for key: String) -> AsyncStream<Void> { inner.signals(for: key) }

    func changedParts(of whole: String) -> ChangedParts { inner.changedParts(of: whole) }

    func carryAnnouncements(over bus: any InvalidationBus) { inner.carryAnnouncements(over: bus) }

    func migrate(_ migrations: [Migration]) async throws(StorageError) -> [Int] {
        try await inner.migrate(migrations)
    }

    func appliedMigrations() async throws(StorageError) -> [Int] { try await inner.appliedMigrations() }

    func close() async { await inner.close() }
}
