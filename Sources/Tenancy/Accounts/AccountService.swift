import Endpoints
package import Logging
import Metrics
package import Model
package import Storage

/// Everything that people do with their accounts. Each step is one transaction, and caches are told before it is answered.
///
/// Whoever does not know an account learns nothing about it: an unknown address and a wrong password are refused in the same
/// words after the same work.
package struct AccountService: Sendable {
    let database: any SQLDatabase
    let passwords: Passwords
    let sessions: SessionService
    let mail: MailQueue
    let vault: Vault
    let settings: AccountSettings
    let invitations: any SignUpInvitations
    let journal: any AccountJournal
    let limiter: RateLimiter?
    let random: RandomBytes
    let logger: Logger

    /// - Parameter limiter: counts attempts at each account's password and letters to each address; nil counts nothing.
    package init(
        database: any SQLDatabase, passwords: Passwords, sessions: SessionService, vault: Vault,
        settings: AccountSettings = .init(), invitations: any SignUpInvitations = NoInvitations(),
        journal: any AccountJournal = NoAccountJournal(), limiter: RateLimiter? = nil, random: RandomBytes = .system,
        logger: Logger
    ) {
        self.database = database
        self.passwords = passwords
        self.sessions = sessions
        mail = MailQueue(database: database, vault: vault)
        self.vault = vault
        self.settings = settings
        self.invitations = invitations
        self.journal = journal
        self.limiter = limiter
        self.random = random
        self.logger = logger
    }

    /// The account of that id; nil when there is none, or it was deleted.
    package func account(_ id: UserID) async throws -> Account? {
        let account = try await database.read { connection throws(StorageError) in
            try AccountRows.account(id, on: connection)
        }
        return account?.status == .deleted ? nil : account
    }

    /// Removes what has expired: links, second steps, old sessions. Returns how many rows went.
    package func sweep() async throws -> Int {
        try await database.write(.derived) { connection throws(StorageError) in
            try OneTimeTokens.sweep(on: connection) + SessionRows.sweep(on: connection)
        }
    }

    // MARK: Bounds

    /// Counts an attempt at the password of an address, whether or not there is an account: guesses that come from many
    /// network addresses are as slow as those from one.
    ///
    /// - Throws: ``RateRefusal``.
    func countAttempt(at address: String) async throws {
        _ = try await limiter?.admit(.signIn, from: "account \(TokenDigest(of: Secret(address)).text)")
    }

    /// Whether one more letter of a kind may go to an address, so that no stranger fills anybody's mailbox. Each kind counts
    /// by itself: many of one do not keep another from arriving.
    func mayWrite(_ kind: String, to email: EmailAddress) async throws -> Bool {
        guard let limiter else { return true }
        let whom = TokenDigest(of: Secret(email.normal)).text
        let hour = RateBound(calls: settings.lettersPerHour, window: .seconds(3_600))
        guard try await limiter.allows("\(kind)-letter-hour", for: whom, within: hour) else { return false }
        let day = RateBound(calls: settings.lettersPerDay, window: .seconds(86_400))
        return try await limiter.allows("\(kind)-letter-day", for: whom, within: day)
    }

    // MARK: Parts

    /// Writes to a person about a change, in its transaction.
    func tell(_ account: Account, _ text: LetterText, on connection: any SQLConnection) throws {
        let letter = try text.letter(to: account.email, in: account.language)
        try MailQueue.add(try mail.sealed(letter), on: connection)
    }

    var links: AccountLinks { AccountLinks(settings) }

    /// Begins a session for an account whose row this transaction has locked.
    func begin(
        for account: Account, _ method: SignInMethod, _ client: ClientDescription, on connection: any SQLConnection
    ) throws(StorageError) -> (session: NewSession, displaced: [SessionReference]) {
        let session = PendingSession(
            of: account, method: method, client: client, settings: settings, random: random)
        let displaced = try SessionRows.insert(session, limit: settings.maximumSessions, on: connection)
        try journal.record(.signedIn(account.id, session.id, method: method, from: client), on: connection)
        return (session.begun, displaced)
    }

    func count(_ method: SignInMethod, _ outcome: String) {
        Counter(
            label: MetricNames.signIns, dimensions: [("method", method.rawValue), ("outcome", outcome)]
        ).increment()
    }

    /// The one refusal of a sign-in, whatever the reason.
    static var wrong: Problem {
        Problem(.unauthenticated, "The e-mail address or the password is wrong.")
    }

    /// The one refusal of a link.
    static var spentLink: Problem {
        Problem(.notFound, "The link has been used, has expired or was replaced by a newer one; ask for another one.")
    }

    /// A name as people write it, without what could break a line.
    static func checked(name: String) throws -> String {
        let name = name.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard (1...100).contains(name.count), name.utf8.count <= 400,
            !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw Problem(.unprocessable, "A name has between 1 and 100 characters.", field: "name")
        }
        return name
    }
}
