import Endpoints
package import Model
import Storage

extension AccountService {
    /// Sends a link for a new password to the address, if there is an account. The answer does not tell, and neither does the
    /// time: for an unknown address the same rows are written, and a letter that is dropped.
    ///
    /// The links of earlier letters go on to work: otherwise whoever knows the address could end each before it is opened.
    package func requestReset(email: String) async throws {
        let email = try EmailAddress(email)
        let mayWrite = try await mayWrite("reset", to: email)
        let known = try await database.read { connection throws(StorageError) in
            try AccountRows.account(of: email, on: connection)
        }
        let account = known?.status == .active && mayWrite ? known : nil
        let token = OpaqueToken(random: random)
        // To the address that the account has, never to the one that was typed.
        let letter =
            try account.map { account in
                try LetterText.resetPassword(link: links.reset(token)).letter(to: account.email, in: account.language)
            } ?? .decoy
        let sealed = try mail.sealed(letter)
        try await database.write { connection throws(StorageError) in
            try OneTimeTokens.trim(
                to: settings.resetLinks - 1, for: .reset, user: account?.id ?? UserID(), on: connection)
            try OneTimeTokens.insert(
                token.digest, for: account == nil ? .decoy : .reset, user: account?.id,
                lifetime: settings.resetLifetime, on: connection)
            try MailQueue.add(sealed, on: connection)
        }
        journal.note(.passwordResetRequested(known?.id))
    }

    /// Sets a new password with the link of a letter, and ends every session. The second step at sign-in stays.
    package func reset(_ token: Secret, to password: Secret) async throws {
        let digest = TokenDigest(of: token)
        // A link that is no good costs no hash, and a password that is no good costs no link.
        let isOpen = try await database.read { connection throws(StorageError) in
            try OneTimeTokens.isOpen(digest, for: .reset, on: connection)
        }
        guard isOpen else { throw Self.spentLink }
        let hash = try await passwords.hash(password)
        let changed = try await database.transact { connection in
            guard let user = try OneTimeTokens.consume(digest, for: .reset, on: connection)?.user,
                let account = try AccountRows.lock(user, on: connection), account.status == .active
            else { throw Self.spentLink }
            return try change(hash, of: account, on: connection)
        }
        await sessions.forget(keys: changed.ended)
    }

    /// Changes the caller's password, ends every session and begins a new one for the caller.
    package func changePassword(
        _ caller: Authenticated, from current: Secret, to new: Secret, client: ClientDescription
    ) async throws -> NewSession {
        let (account, old) = try await confirmed(caller, by: current)
        let hash = try await passwords.hash(new, besides: [account.email.normal, account.name])
        let (changed, begun) = try await database.transact { connection -> (Changed, Begun) in
            // Whoever changed it first ended this caller's session too.
            guard let locked = try AccountRows.lock(account.id, on: connection), locked.status == .active,
                try AccountRows.password(of: account.id, on: connection) == old
            else { throw Self.wrong }
            let changed = try change(hash, of: locked, on: connection)
            return (changed, try begin(for: changed.account, .password, client, on: connection))
        }
        await sessions.forget(keys: changed.ended)
        return begun.session
    }

    // MARK: Proofs

    /// The caller's account, after the caller proved once more who it is: by its password, or, where it has none because it
    /// comes in by a provider, by having come in a moment ago.
    ///
    /// - Throws: ``Problem`` 403 when the password is wrong or missing, or the sign-in too old.
    func confirmed(
        _ caller: Authenticated, by password: Secret?
    ) async throws -> (account: Account, hash: PasswordHash?) {
        let (account, hash, now) = try await standing(of: caller)
        guard hash != nil else {
            try checkRecent(caller, now)
            return (account, nil)
        }
        guard let password else {
            throw Problem(.forbidden, "This needs your password once more.", field: "password")
        }
        try await countAttempt(at: account.email.normal)
        guard try await passwords.check(password, against: hash) != .wrong else {
            throw Problem(.forbidden, "The current password is wrong.", field: "current_password")
        }
        return (account, hash)
    }

    /// The caller's account, if the caller signed in a moment ago.
    ///
    /// - Throws: ``Problem`` 403 when that was longer ago.
    func recentlyConfirmed(_ caller: Authenticated) async throws -> Account {
        let (account, _, now) = try await standing(of: caller)
        try checkRecent(caller, now)
        return account
    }

    private func standing(
        of caller: Authenticated
    ) async throws -> (account: Account, hash: PasswordHash?, now: Timestamp) {
        guard let user = caller.user, caller.session != nil else {
            throw Problem(.forbidden, "This is for people; an API key cannot do it.")
        }
        let (account, hash, now) = try await database.read { connection throws(StorageError) in
            (
                try AccountRows.account(user, on: connection), try AccountRows.password(of: user, on: connection),
                try connection.row("SELECT now_us() AS now").time("now")
            )
        }
        guard let account, account.status == .active else { throw Self.wrong }
        return (account, hash, now)
    }

    private func checkRecent(_ caller: Authenticated, _ now: Timestamp) throws {
        guard now - caller.authTime <= settings.proofLifetime else {
            let minutes = settings.proofLifetime.components.seconds / 60
            throw Problem(
                .forbidden, "This needs a sign-in of the last \(minutes) minutes: sign in again, then repeat it.")
        }
    }

    // MARK: Changes

    private struct Changed: Sendable {
        let account: Account
        let ended: [SessionKey]
    }

    private func change(
        _ hash: PasswordHash, of account: Account, on connection: any SQLConnection
    ) throws -> Changed {
        try AccountRows.setPassword(hash, of: account.id, on: connection)
        let ended = try AccountRows.endEverything(of: account.id, on: connection)
        try tell(account, .passwordChanged, on: connection)
        try journal.record(.passwordChanged(account.id), on: connection)
        let now = try AccountRows.account(account.id, on: connection)
        return Changed(account: now ?? account, ended: ended)
    }
}
