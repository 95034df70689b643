import Endpoints
import Logging
import Model
import Storage
import Tenancy

@testable import Web

/// People with accounts on a test's server.
struct TestAccounts: Sendable {
    let parts: AccountParts
    /// The operations on accounts.
    let endpoints: [Endpoint]
    let log: AuditLog

    static let password = "water wheels turn slowly"

    static func make(on database: any SQLDatabase, limiter: RateLimiter, isSecure: Bool) async throws -> TestAccounts {
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let vault = try Vault([Secret(String(repeating: "k", count: 40))])
        let (rights, cache) = (TenantRights(plans: .standard), SessionCache(database: database))
        let sessions = SessionService(database: database, cache: cache, rights: rights, logger: logger)
        let inbox = AuditInbox(database: database, logger: logger)
        let journal = TenantJournal(inbox: inbox)
        let accounts = AccountService(
            database: database, passwords: try await Passwords(), sessions: sessions, vault: vault, journal: journal,
            limiter: limiter, logger: logger)
        let signing = SigningKeys(database: database, vault: vault)
        try await signing.prepare()
        let tokens = TokenService(
            database: database, keys: signing, sessions: sessions, vault: vault,
            settings: .init(issuer: "suisha", audience: "suisha"), journal: journal)
        let keys = APIKeyService(
            database: database, cache: cache, rights: rights, journal: journal, logger: logger)
        let callers = RequestCallers(
            Authenticator(sessions: sessions, tokens: tokens, keys: keys), cookie: SessionCookie(isSecure: isSecure))
        let parts = AccountParts(
            callers: callers, service: accounts, isOpen: false, invites: InviteStore(TenantDatabase(database)),
            people: AccountDirectory(database: database), providers: [], inbox: inbox)
        let endpoints =
            AccountEndpoints(accounts: accounts, sessions: sessions, tokens: tokens, keys: signing, callers: callers)
            .all + APIKeyEndpoints(keys: keys).all
        return TestAccounts(parts: parts, endpoints: endpoints, log: AuditLog(TenantDatabase(database)))
    }

    /// The entries of a log, the oldest first, with everything that waits or is counted.
    func entries(in workspace: WorkspaceID = .local, _ filter: AuditFilter = AuditFilter()) async throws -> [AuditEntry]
    {
        try await parts.inbox.flush()
        return try await log.entries(in: workspace, filter: filter, limit: 1_000).reversed()
    }

    /// The first account, with the cookie of its session: `name=value`.
    func owner() async throws -> String {
        guard let link = try await parts.service.ownerLink(), let token = link.split(separator: "token=").last else {
            throw TestFailure("there is an account already")
        }
        let session = try await parts.service.claimOwner(
            Secret(String(token)),
            .init(email: "owner@example.com", name: "Owner", password: Secret(Self.password)),
            client: ClientDescription(name: "test", address: ""))
        return String(parts.callers.cookie.begin(session).prefix { $0 != ";" })
    }
}
