import Foundation
import Endpoints
package import Model
import Storage

extension AccountService {
    /// What somebody who wants an account gives.
    package struct SignUpForm: Sendable {
        package let email: EmailAddress
        package let name: String
        package let language: Language
        package let password: Secret

        /// - Throws: ``Problem`` that names the wrong field.
        package init(email: String, name: String, language: Language = .english, password: Secret) throws {
            self.email = try EmailAddress(email)
            self.name = try AccountService.checked(name: name)
            self.language = language
            self.password = password
        }
    }

    /// What a sign-up leads to.
    package enum SignUpOutcome: Sendable {
        /// A letter is on its way, whether or not there was an account.
        case checkMail
        case signedIn(NewSession)
    }

    /// Takes a sign-up. The account comes to be when the link in the letter is opened, so that nobody has one with somebody
    /// else's address; with an invitation that came by letter, at once.
    ///
    /// - Throws: ``Problem``; never one that tells whether the address has an account.
    package func signUp(
        _ form: SignUpForm, invitation: Secret? = nil, client: ClientDescription
    ) async throws -> SignUpOutcome {
        switch (settings.signUp, invitation) {
        case (.closed, _): throw Problem(.forbidden, "This server takes no new accounts; ask whoever runs it.")
        case (.inviteOnly, nil):
            throw Problem(.forbidden, "An account needs an invitation here; ask somebody who has one for it.")
        default: break
        }
        let hash = try await passwords.hash(form.password, besides: [form.email.normal, form.name])
        let pending = PendingSignUp(form, hash: hash, invitation: invitation.map(TokenDigest.init(of:)))
        let content = try pending.content
        let token = OpaqueToken(random: random)
        let mayWrite = try await mayWrite("sign-up", to: form.email)
        let known = try await database.read { connection throws(StorageError) in
            try AccountRows.account(of: form.email, on: connection)
        }
        // To a known account, in its own language and at the address that it has stored.
        let letter =
            if !mayWrite {
                Letter.decoy
            } else if let known {
                try LetterText.alreadyHere(link: links.forgotten).letter(to: known.email, in: known.language)
            } else {
                try LetterText.confirmAddress(link: links.confirm(token)).letter(to: form.email, in: form.language)
            }
        let sealed = try mail.sealed(letter)
        let result = try await database.transact { connection -> Result<Begun?, Problem> in
            if let invitation = pending.invitationDigest {
                switch try invitations.admission(by: invitation, of: form.email, on: connection) {
                case .refused: return .failure(Self.refusedInvitation)
                case .admitted(provesAddress: false): break
                case .admitted(provesAddress: true):
                    return try create(pending, isOperator: false, .password, client, on: connection).map { $0 }
                }
            }
            try OneTimeTokens.insert(
                token.digest, for: known == nil && mayWrite ? .signUp : .decoy, user: nil, content: content,
                lifetime: settings.verificationLifetime, on: connection)
            try MailQueue.add(sealed, on: connection)
            return .success(nil)
        }
        guard let begun = try result.get() else { return .checkMail }
        return .signedIn(begun.session)
    }

    /// Opens the link of a sign-up's letter, with the password that was chosen: the account comes to be.
    ///
    /// The link alone makes none. Somebody may have signed up with another's address, and whoever reads that mailbox would
    /// confirm an account whose password a stranger has.
    ///
    /// - Throws: ``Problem`` 404 for a link that is no good, 403 for another password; after ten of those the link is spent.
    package func confirm(_ token: Secret, password: Secret) async throws -> UserID {
        let digest = TokenDigest(of: token)
        let attempt = try await database.write { connection throws(StorageError) in
            try OneTimeTokens.attempt(digest, for: .signUp, limit: Self.confirmationAttempts, on: connection)
        }
        guard let attempt, let pending = PendingSignUp(content: attempt.content) else { throw Self.spentLink }
        guard try await passwords.check(password, against: PasswordHash(stored: pending.hash)) != .wrong else {
            throw Problem(
                .forbidden, "This is not the password that was chosen at sign-up; without it, sign up once more.",
                field: "password")
        }
        let result = try await database.transact { connection -> Result<UserID, Problem> in
            guard try OneTimeTokens.consume(digest, for: .signUp, on: connection) != nil else {
                return .failure(Self.spentLink)
            }
            let account = pending.account(isOperator: false)
            guard try AccountRows.insert(account, on: connection) else { return .failure(Self.taken) }
            try journal.record(
                .created(account.id, isOperator: false, invitation: pending.invitationDigest), on: connection)
            return .success(account.id)
        }
        return try result.get()
    }

    private static let confirmationAttempts = 10

    // MARK: The first account

    /// A link that makes the first account, its operator's; nil once there is an account. Printed at the first start.
    package func ownerLink() async throws -> String? {
        let token = OpaqueToken(random: random)
        let isEmpty = try await database.write { connection throws(StorageError) in
            guard try AccountRows.isEmpty(on: connection) else { return false }
            try OneTimeTokens.insert(
                token.digest, for: .owner, user: nil, lifetime: settings.ownerLinkLifetime, on: connection)
            return true
        }
        return isEmpty ? links.welcome(token) : nil
    }

    /// Makes the first account with the link that was printed. Of any number of callers, one succeeds.
    package func claimOwner(
        _ token: Secret, _ form: SignUpForm, client: ClientDescription
    ) async throws -> NewSession {
        let digest = TokenDigest(of: token)
        let isOpen = try await database.read { connection throws(StorageError) in
            try OneTimeTokens.isOpen(digest, for: .owner, on: connection)
        }
        guard isOpen else { throw Self.spentLink }
        let hash = try await passwords.hash(form.password, besides: [form.email.normal, form.name])
        let pending = PendingSignUp(form, hash: hash, invitation: nil)
        let result = try await database.transact { connection -> Result<Begun, Problem> in
            guard try OneTimeTokens.consumeAll(digest, for: .owner, on: connection),
                try AccountRows.isEmpty(on: connection)
            else { return .failure(Self.spentLink) }
            return try create(pending, isOperator: true, .ownerLink, client, on: connection)
        }
        return try result.get().session
    }

    typealias Begun = (session: NewSession, displaced: [SessionReference])

    /// Makes an account whose address is proved, and signs it in.
    private func create(
        _ pending: PendingSignUp, isOperator: Bool, _ method: SignInMethod, _ client: ClientDescription,
        on connection: any SQLConnection
    ) throws(StorageError) -> Result<Begun, Problem> {
        let new = pending.account(isOperator: isOperator)
        guard try AccountRows.insert(new, on: connection),
            let account = try AccountRows.account(new.id, on: connection)
        else { return .failure(Self.taken) }
        try journal.record(
            .created(account.id, isOperator: isOperator, invitation: pending.invitationDigest), on: connection)
        return .success(try begin(for: account, method, client, on: connection))
    }

    static var taken: Problem {
        Problem(.conflict, "There is an account with this address already; sign in, or reset its password.")
    }

    private static var refusedInvitation: Problem {
        Problem(.forbidden, "The invitation is used, expired, withdrawn or for another address; ask for a new one.")
    }
}

/// A sign-up that waits for its link to be opened. Holds the hash of the password, never the password.
struct PendingSignUp: Codable, Sendable {
    let email: String
    let name: String
    let language: Language
    let hash: String
    let invitation: String?

    init(_ form: AccountService.SignUpForm, hash: PasswordHash, invitation: TokenDigest?) {
        email = form.email.address
        name = form.name
        language = form.language
        self.hash = hash.text
        self.invitation = invitation?.text
    }

    init?(content: String) {
        guard let value = try? JSONDecoder().decode(Self.self, from: Data(content.utf8)) else { return nil }
        self = value
    }

    var content: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    var invitationDigest: TokenDigest? { invitation.map(TokenDigest.init(stored:)) }

    func account(isOperator: Bool) -> NewAccount {
        NewAccount(
            email: EmailAddress(stored: email), name: name, language: language, password: PasswordHash(stored: hash),
            isOperator: isOperator, isVerified: true)
    }
}
