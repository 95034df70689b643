import Endpoints
package import Model
import Storage

extension AccountService {
    /// Sends a link for a new password to the address, if there is an account. The answer does not tell, and neither does the
    /// time: for an unknown address the same rows are written, and a letter that is dropped.
    package func requestReset(email: String) async throws {
        let email = try EmailAddress(email)
        let known = try await database.read { connection throws(StorageError) in
            try AccountRows.account(of: email, on: connection)
        }
        let account = known?.status == .active ? known : nil
        let token = OpaqueToken(random: random)
        // To the address that the account has, never to the one that was typed.
        let letter =
            try account.map { account in
                try LetterText.resetPassword(link: links.reset(token)).letter(to: account.email, in: account.language)
            } ?? .decoy
        let sealed = try mail.sealed(letter)
        try await database.write { connection throws(StorageError) in
            try OneTimeTokens.remove(for: .reset, user: account?.id ?? UserID(), on: connection)
            try OneTimeTokens.insert(
                token.digest, for: account == nil ? .decoy : .reset, user: account?.id,
                lifetime: settings.resetLifetime, on: connection)
            try MailQueue.add(sealed, on: connection)
            try journal.record(.passwordResetRequested(account?.id), on: connection)
        }
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
        let result = try await database.write { connection throws(StorageError) -> Result<Changed, Problem> in
            guard let user = try OneTimeTokens.consume(digest, for: .reset, on: connection)?.user,
                let account = try AccountRows.lock(user, on: connection), account.status == .active
            else { return .failure(Self.spentLink) }
            return .success(try change(hash, of: account, on: connection))
        }
        try await announce(result.get())
    }

    /// Changes the caller's password, ends every session and begins a new one for the caller.
    package func changePassword(
        _ caller: Authenticated, from current: Secret, to new: Secret, client: ClientDescription
    ) async throws -> NewSession {
        let (account, old) = try await confirmed(caller, by: current)
        let hash = try await passwords.hash(new, besides: [account.email.normal, account.name])
        let result = try await database.write { connection throws(StorageError) -> Result<(Changed, Begun), Problem> in
            // Whoever changed it first ended this caller's session too.
            guard let locked = try AccountRows.lock(account.id, on: connection), locked.status == .active,
                try AccountRows.password(of: account.id, on: connection) == old
            else { return .failure(Self.wrong) }
            let changed = try change(hash, of: locked, on: connection)
            return .success((changed, try begin(for: changed.account, .password, client, on: connection)))
        }
        let (changed, begun) = try result.get()
        try await announce(changed)
        return begun.session
    }

    /// The caller's account, after the caller gave its password once more.
    ///
    /// - Throws: ``Problem`` when the password is wrong, or there is none to give.
    func confirmed(
        _ caller: Authenticated, by password: Secret
    ) async throws -> (account: Account, hash: PasswordHash?) {
        guard let user = caller.user else {
            throw Problem(.forbidden, "This is for people; an API key cannot do it.")
        }
        let (account, hash) = try await database.read { connection throws(StorageError) in
            (
                try AccountRows.account(user, on: connection), try AccountRows.password(of: user, on: connection)
            )
        }
        let verdict = try await passwords.check(password, against: hash)
        guard verdict != .wrong, let account, account.status == .active else {
            throw Problem(.forbidden, "The current password is wrong.", field: "current_password")
        }
        return (account, hash)
    }

    private struct Changed: Sendable {
        let account: Account
        let ended: [SessionKey]
    }

    private func change(
        _ hash: PasswordHash, of account: Account, on connection: any SQLConnection
    ) throws(StorageError) -> Changed {
        try AccountRows.setPassword(hash, of: account.id, on: connection)
        let ended = try AccountRows.endEverything(of: account.id, on: connection)
        try journal.record(.passwordChanged(account.id), on: connection)
        let now = try AccountRows.account(account.id, on: connection)
        return Changed(account: now ?? account, ended: ended)
    }

    /// Tells the caches at once, and the person by letter.
    private func announce(_ changed: Changed) async throws {
        await sessions.forget(keys: changed.ended)
        let letter = try LetterText.passwordChanged.letter(to: changed.account.email, in: changed.account.language)
        let sealed = try mail.sealed(letter)
        try await database.write { connection throws(StorageError) in try MailQueue.add(sealed, on: connection) }
    }
}
