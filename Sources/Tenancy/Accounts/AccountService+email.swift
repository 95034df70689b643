import Endpoints
package import Model
import Storage

extension AccountService {
    /// Begins to give the caller another address, after the password was given once more: a link goes there, and nothing
    /// changes before it is opened.
    ///
    /// The answer does not tell whether somebody else has the address, and neither does the time.
    package func requestEmail(_ text: String, _ caller: Authenticated, password: Secret?) async throws {
        let email = try EmailAddress(text)
        let (account, _) = try await confirmed(caller, by: password)
        guard email.address != account.email.address else {
            throw Problem(.unprocessable, "This is your address already.", field: "email")
        }
        let mayWrite = try await mayWrite("email", to: email)
        let owner = try await database.read { connection throws(StorageError) in
            try AccountRows.account(of: email, on: connection)?.id
        }
        let isFree = mayWrite && (owner == nil || owner == account.id)
        let token = OpaqueToken(random: random)
        let letter =
            try isFree
            ? LetterText.confirmNewAddress(link: links.changeEmail(token)).letter(to: email, in: account.language)
            : .decoy
        let sealed = try mail.sealed(letter)
        try await database.write { connection throws(StorageError) in
            try OneTimeTokens.remove(for: .email, user: account.id, on: connection)
            try OneTimeTokens.insert(
                token.digest, for: isFree ? .email : .decoy, user: account.id, content: email.address,
                lifetime: settings.verificationLifetime, on: connection)
            try MailQueue.add(sealed, on: connection)
        }
    }

    /// Gives a person the address to which the link was sent, and tells the former one. Sessions go on, because nothing with
    /// which they were begun has changed; links for a new password that went to the former address work no more.
    ///
    /// - Throws: ``Problem`` 404 for a link that is no good, 409 when somebody else has the address by now.
    package func confirmEmail(_ token: Secret) async throws {
        let digest = TokenDigest(of: token)
        try await database.transact { connection in
            guard let found = try OneTimeTokens.consume(digest, for: .email, on: connection), let user = found.user,
                let account = try AccountRows.lock(user, on: connection), account.status == .active
            else { throw Self.spentLink }
            let email = EmailAddress(stored: found.content)
            guard try AccountRows.setEmail(email, of: user, on: connection) else { throw Self.taken }
            try OneTimeTokens.remove(for: .reset, user: user, on: connection)
            try tell(account, .addressChanged, on: connection)
            try journal.record(.emailChanged(user), on: connection)
        }
    }
}
