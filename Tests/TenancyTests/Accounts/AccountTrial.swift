import Conformance
import Endpoints
import Foundation
import Logging
import Model
import Storage
import Synchronization
import Tenancy
import Testing

/// Accounts on a database of one test's own, with letters that the test reads.
struct AccountTrial: Sendable {
    let trial: DatabaseTrial
    let accounts: AccountService
    let sessions: SessionService
    let mail: MailQueue
    let letters: Letters
    /// What happened, unless it is audited.
    let journal: RecordingJournal
    let inbox: AuditInbox
    private let follower: any AccountJournal
    let vault: Vault
    let rights: TenantRights

    /// Which invitations let people sign up.
    enum Invitations {
        case none
        case some(any SignUpInvitations)
        /// Those of the database.
        case store

        func of(_ database: any SQLDatabase) -> any SignUpInvitations {
            switch self {
            case .none: NoInvitations()
            case .some(let invitations): invitations
            case .store: InviteStore(TenantDatabase(database))
            }
        }
    }

    static let password = Secret("water wheels turn slowly")
    static let client = ClientDescription(name: "test", address: "127.0.0.1")
    static let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    static func with<Value>(
        _ fixture: DatabaseFixture, _ settings: AccountSettings = .open,
        invitations: Invitations = .none, cache: SessionCache.Settings = .init(),
        limits: String? = nil, isAudited: Bool = false, _ body: (AccountTrial) async throws -> Value
    ) async throws -> Value {
        try await fixture.withDatabase(migrations: Migration.all + TenancyMigrations.all) { trial in
            let vault = try Vault([Secret(String(repeating: "k", count: 40))])
            let journal = RecordingJournal()
            let inbox = AuditInbox(database: trial.database, logger: logger)
            let follower: any AccountJournal = isAudited ? TenantJournal(inbox: inbox) : journal
            let limiter = try limits.map { text in
                RateLimiter(
                    store: DatabaseRateWindows(database: trial.database), limits: try RateLimits(changes: text),
                    logger: logger)
            }
            let rights = TenantRights(plans: .standard)
            let sessions = SessionService(
                database: trial.database, cache: SessionCache(settings: cache, database: trial.database),
                rights: rights, logger: logger)
            let accounts = AccountService(
                database: trial.database, passwords: try await TestPasswords.shared.value(), sessions: sessions,
                vault: vault, settings: settings, invitations: invitations.of(trial.database),
                journal: follower, limiter: limiter, logger: logger)
            return try await body(
                AccountTrial(
                    trial: trial, accounts: accounts, sessions: sessions,
                    mail: MailQueue(database: trial.database, vault: vault), letters: Letters(), journal: journal,
                    inbox: inbox, follower: follower, vault: vault, rights: rights))
        }
    }

    var keys: APIKeyService {
        APIKeyService(
            database: trial.database, cache: sessions.cache, rights: rights, journal: follower, logger: Self.logger)
    }

    var workspaces: WorkspaceStore {
        WorkspaceStore(TenantDatabase(trial.database, listener: SessionRights(sessions)))
    }

    func form(_ email: String = "aiko@example.com", password: Secret = password) throws -> AccountService.SignUpForm {
        try .init(email: email, name: "Aiko", password: password)
    }

    /// An account whose owner has opened the link of the letter.
    @discardableResult
    func signUp(_ email: String = "aiko@example.com") async throws -> UserID {
        _ = try await accounts.signUp(try form(email), client: Self.client)
        return try await accounts.confirm(try await link(), password: Self.password)
    }

    func signIn(
        _ email: String = "aiko@example.com", _ password: Secret = password
    ) async throws -> NewSession {
        guard
            case .signedIn(let session) = try await accounts.signIn(
                email: email, password: password, client: Self.client)
        else { throw NeverHappened("a sign-in without a second step") }
        return session
    }

    /// The token of the link in the newest letter, after all letters were sent.
    func link() async throws -> Secret {
        let letter = try #require(try await newLetters().last)
        return try Self.token(in: letter.body)
    }

    func newLetters() async throws -> [Letter] {
        let before = letters.all.count
        while try await mail.sendDue(through: letters, logger: Self.logger) > 0 {}
        return Array(letters.all.dropFirst(before))
    }

    static func token(in text: String) throws -> Secret {
        let match = try #require(text.firstMatch(of: /token=([A-Za-z0-9_-]+)/))
        return Secret(String(match.1))
    }
}

/// Hashes passwords for all tests on one pool, so that they do not compete for memory.
actor TestPasswords {
    static let shared = TestPasswords()
    private var made: Passwords?

    func value() async throws -> Passwords {
        if let made { return made }
        let passwords = try await Passwords(pool: HashingPool(threads: 2, waiting: 1_000, patience: .seconds(120)))
        made = passwords
        return passwords
    }
}

/// Keeps letters for a test.
final class Letters: MailTransport {
    private let sent = Mutex<[Letter]>([])
    var all: [Letter] { sent.withLock { $0 } }
    func send(_ letter: Letter) async throws { sent.withLock { $0.append(letter) } }
}

/// Keeps what happened for a test.
final class RecordingJournal: AccountJournal {
    private let recorded = Mutex<[AccountEvent]>([])
    var events: [AccountEvent] { recorded.withLock { $0 } }
    func record(_ event: AccountEvent, on connection: any SQLConnection) throws(StorageError) { note(event) }
    func note(_ event: AccountEvent) { recorded.withLock { $0.append(event) } }
}

extension AccountSettings {
    /// Everybody may sign up.
    static var open: AccountSettings {
        var settings = AccountSettings()
        settings.signUp = .open
        settings.publicOrigin = "https://suisha.example.com"
        return settings
    }
}

/// The refusal that `body` throws.
func refusal<Value>(
    _ body: () async throws -> Value, sourceLocation: SourceLocation = #_sourceLocation
) async throws -> Problem {
    do {
        _ = try await body()
    } catch let problem as Problem {
        return problem
    }
    throw NeverHappened("a refusal at \(sourceLocation)")
}
