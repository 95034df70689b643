import Endpoints
import Foundation
import Logging
import Model
import Outbound
import Storage
import Tenancy
import Web

/// Everything about people, workspaces and their bounds, put together.
struct Tenants: Sendable {
    /// What the HTTP server asks.
    let parts: AccountParts
    let endpoints: [Endpoint]
    /// Counts calls, and attempts at passwords.
    let limiter: RateLimiter
    private let keys: SigningKeys
    private let accountUpkeep: AccountUpkeep
    private let tenantUpkeep: TenantUpkeep
    private let dispatcher: WebhookDispatcher
    private let inbox: AuditInbox

    /// Touches no table yet.
    init(
        _ settings: ServerSettings, on stores: Stores, remembering memory: SharedMemory, vault: Vault
    ) async throws {
        let database = stores.database
        let accountLogger = Logger(label: "suisha.accounts")
        let tenantLogger = Logger(label: "suisha.tenants")
        inbox = AuditInbox(database: database, logger: tenantLogger)
        let (plans, journal) = (settings.accounts.plans, TenantJournal(inbox: inbox))
        let isSecure = settings.http.publicOrigin?.scheme == "https"
        limiter = RateLimiter(
            store: stores.rates, limits: settings.limits.rates, nodes: settings.limits.nodes,
            logger: Logger(label: "suisha.limits"))

        var sessionSettings = SessionCache.Settings()
        sessionSettings.isEnabled = settings.accounts.remembersSessions
        let sessionCache = SessionCache(
            settings: sessionSettings, shared: memory.cache, bus: memory.bus, database: database)
        let rights = TenantRights(plans: plans)
        let sessions = SessionService(
            database: database, cache: sessionCache, rights: rights, logger: accountLogger)
        let tenants = TenantDatabase(database, plans: plans, listener: SessionRights(sessions))

        let accountSettings = settings.accountSettings
        let mail = MailQueue(database: database, vault: vault)
        let invites = InviteStore(
            tenants, post: InviteLetters(mail: mail, publicOrigin: accountSettings.publicOrigin))
        let accounts = AccountService(
            database: database, passwords: try await Passwords(), sessions: sessions, vault: vault,
            settings: accountSettings, invitations: invites, journal: journal, limiter: limiter, logger: accountLogger)
        keys = SigningKeys(database: database, vault: vault)
        // Tokens of one process are good at the others, which may listen at other addresses.
        let issuer = settings.http.publicOrigin?.absoluteString ?? "suisha"
        let tokens = TokenService(
            database: database, keys: keys, sessions: sessions, vault: vault,
            settings: .init(issuer: issuer, audience: issuer), journal: journal)
        let apiKeys = APIKeyService(
            database: database, cache: sessionCache, rights: rights, journal: journal, logger: accountLogger)
        let callers = RequestCallers(
            Authenticator(sessions: sessions, tokens: tokens, keys: apiKeys), cookie: SessionCookie(isSecure: isSecure))
        let providers = ProviderSignIn(
            accounts: accounts, providers: settings.accounts.providers,
            directory: ProviderDirectory(transport: ProviderExchange()), logger: accountLogger)

        let workspaces = WorkspaceStore(tenants, removals: Self.removals)
        let people = AccountDirectory(database: database)
        var documentSettings = DocumentCache.Settings()
        documentSettings.isEnabled = settings.accounts.remembersDocuments
        let documentCache = DocumentCache(settings: documentSettings, shared: memory.cache, bus: memory.bus)
        let (quotas, audit) = (QuotaLedger(tenants), AuditLog(tenants))
        let webhooks = WebhookStore(tenants, vault: vault, allowsPlainHTTP: !isSecure)

        parts = AccountParts(
            callers: callers, service: accounts, isOpen: accountSettings.signUp == .open, invites: invites,
            people: people, providers: providers.providers, inbox: inbox)
        let ofPeople =
            AccountEndpoints(accounts: accounts, sessions: sessions, tokens: tokens, keys: keys, callers: callers).all
            + ProviderEndpoints(signIn: providers, callers: callers).all + APIKeyEndpoints(keys: apiKeys).all
        let ofWorkspaces =
            WorkspaceEndpoints(workspaces: workspaces, queues: stores.jobs).all
            + MemberEndpoints(members: MemberStore(tenants), directory: people).all
            + OrganisationChartEndpoints(chart: OrganisationChart(tenants), directory: people).all
            + RoleEndpoints(roles: RoleStore(tenants)).all + InviteEndpoints(invites: invites, directory: people).all
        let ofContents =
            DocumentEndpoints(documents: DocumentStore(tenants, cache: documentCache)).all
            + ProjectEndpoints(projects: ProjectStore(tenants)).all + WebhookEndpoints(webhooks: webhooks).all
            + AuditEndpoints(log: audit).all + UsageEndpoints(usage: UsageLedger(tenants), quotas: quotas).all
        endpoints =
            ofPeople + ofWorkspaces + ofContents
            + CacheSwitches(sessions: sessionCache, documents: documentCache).all

        accountUpkeep = AccountUpkeep(
            accounts: accounts, tokens: tokens, transport: settings.accounts.mail.transport, logger: accountLogger)
        tenantUpkeep = TenantUpkeep(
            workspaces: workspaces, quotas: quotas, webhooks: webhooks, logger: tenantLogger,
            removeFiles: { try await Self.removeFiles(of: $0, known: stores.jobs, in: stores.objects) })
        dispatcher = WebhookDispatcher(
            store: webhooks, sender: WebhookPost(policy: AddressPolicy(allowed: settings.fetchAllow)),
            logger: Logger(label: "suisha.webhooks"))
    }

    /// The operations with the schemas that they refer to.
    static var schemas: [String: Schema] { TenancySchemas.all }

    /// Makes the keys that sign access tokens where there are none.
    ///
    /// - Throws: when the keys that are there were encrypted under a key that this process does not have.
    func prepare() async throws {
        do {
            try await keys.prepare()
        } catch let error as VaultError {
            throw SettingError(
                "The secrets in the database cannot be read with the keys of accounts.key_file: \(error.description)")
        }
    }

    /// A link for the first account; nil once there is one.
    func ownerLink() async throws -> URL? { try await parts.service.ownerLink().flatMap { URL(string: $0) } }

    /// What goes on beside the requests.
    var duties: [Duty] {
        [
            Duty { await accountUpkeep.run() }, Duty { await tenantUpkeep.run() }, Duty { await dispatcher.run() },
            Duty { await inbox.run() },
        ]
    }

    // MARK: Workspaces that go for good

    private static let removals: [WorkspaceRemoval] = [
        WorkspaceRemoval("jobs") { workspace, connection throws(StorageError) in
            try SQLJobStore.removeAll(of: workspace, on: connection)
        },
        .rows(of: "keys", from: ["api_keys", "service_accounts"]),
        .rows(of: "answers", from: ["idempotency_key"]),
    ]

    private static func removeFiles(
        of workspace: WorkspaceID, known jobs: SQLJobStore, in objects: CountedObjectStore
    ) async throws {
        try await objects.removeAll(of: workspace)
        // Files from before names said whose they are.
        var last = ""
        while true {
            let keys = try await jobs.objects(of: workspace, after: last)
            for key in keys { try await objects.delete(key) }
            guard let newest = keys.last else { return }
            last = newest
        }
    }
}
