import Endpoints
package import Model
import Storage

extension AccountService {
    /// What an authenticator app is set up with.
    package struct Enrolment: Sendable {
        /// For typing.
        package let secret: Secret
        /// For a QR code: `otpauth://totp/…`.
        package let url: Secret
    }

    /// Whether a person signs in with a code as well.
    package struct SecondFactorStatus: Hashable, Sendable {
        package let isOn: Bool
        package let recoveryCodesLeft: Int
    }

    /// Whether the person signs in with a code as well.
    package func secondFactor(of user: UserID) async throws -> SecondFactorStatus {
        try await database.read { connection throws(StorageError) in
            SecondFactorStatus(
                isOn: try SecondFactorRows.isOn(for: user, on: connection),
                recoveryCodesLeft: try SecondFactorRows.recoveryCodesLeft(of: user, on: connection))
        }
    }

    /// Begins to set up an authenticator app, after the password was given once more. Nothing changes until a code confirms
    /// that the app has the secret.
    package func beginSecondFactor(_ caller: Authenticated, password: Secret?) async throws -> Enrolment {
        let (account, _) = try await confirmed(caller, by: password)
        let code = OneTimePassword(secret: random.bytes(20))
        let sealed = try vault.seal(code.text, for: Self.place(account.id))
        try await database.transact { connection in
            // The person's row, because of an app that is not there yet there is none to lock.
            _ = try AccountRows.lock(account.id, on: connection)
            guard try SecondFactorRows.stored(of: account.id, on: connection)?.isConfirmed != true else {
                throw Problem(.conflict, "An authenticator app is set up already; remove it first.")
            }
            try SecondFactorRows.replace(sealed, of: account.id, on: connection)
        }
        return Enrolment(
            secret: code.text, url: Secret(code.url(issuer: "Suisha", account: account.email.address)))
    }

    /// Ends the set-up with a first code. From now on a sign-in needs one; sessions that were begun without one end, all but
    /// the caller's.
    ///
    /// - Returns: recovery codes, shown now and never again.
    package func confirmSecondFactor(_ caller: Authenticated, code: String) async throws -> [Secret] {
        guard let user = caller.user, let session = caller.session else { throw Self.notForKeys }
        let recovery = (0..<RecoveryCode.count).map { _ in RecoveryCode(random: random) }
        let ended = try await database.transact { connection -> [SessionReference]? in
            guard let account = try AccountRows.lock(user, on: connection),
                let stored = try SecondFactorRows.stored(of: user, on: connection), !stored.isConfirmed,
                !stored.isBlocked, try use(code, stored, of: user, on: connection)
            else { return nil }
            try SecondFactorRows.setRecovery(recovery.map(\.digest), of: user, on: connection)
            let ended = try SessionRows.endOthers(of: user, but: session, on: connection)
            try tell(account, .secondFactorAdded, on: connection)
            try journal.record(.secondFactorAdded(user), on: connection)
            return ended
        }
        guard let ended else { throw Self.wrongCode }
        await sessions.forget(ended)
        return recovery.map(\.secret)
    }

    /// Makes new recovery codes in place of the old ones, for a code of the app.
    package func renewRecoveryCodes(_ caller: Authenticated, code: String) async throws -> [Secret] {
        guard let user = caller.user else { throw Self.notForKeys }
        let recovery = (0..<RecoveryCode.count).map { _ in RecoveryCode(random: random) }
        let isRight = try await database.write { connection throws(StorageError) in
            _ = try AccountRows.lock(user, on: connection)
            guard try accept(code, of: user, on: connection) else { return false }
            try SecondFactorRows.setRecovery(recovery.map(\.digest), of: user, on: connection)
            try journal.record(.recoveryCodesRenewed(user), on: connection)
            return true
        }
        guard isRight else { throw Self.wrongCode }
        return recovery.map(\.secret)
    }

    /// Signs in with the password alone again, after the password and a code, or a recovery code, were given once more.
    package func removeSecondFactor(_ caller: Authenticated, password: Secret?, code: String) async throws {
        let (account, _) = try await confirmed(caller, by: password)
        let isRight = try await database.transact { connection in
            _ = try AccountRows.lock(account.id, on: connection)
            guard try accept(code, of: account.id, on: connection) else { return false }
            try SecondFactorRows.remove(account.id, on: connection)
            try tell(account, .secondFactorRemoved, on: connection)
            try journal.record(.secondFactorRemoved(account.id), on: connection)
            return true
        }
        guard isRight else { throw Self.wrongCode }
    }

    /// The second step of a sign-in: a code of the app, or a recovery code. Each works once.
    ///
    /// - Parameter step: what the first step gave.
    /// - Throws: ``Problem`` 401; after a few wrong codes the sign-in begins again with the password.
    package func finishSignIn(_ step: Secret, code: String, client: ClientDescription) async throws -> NewSession {
        let digest = TokenDigest(of: step)
        let (user, begun) = try await database.write { connection throws(StorageError) -> (UserID?, Begun?) in
            guard
                let user = try OneTimeTokens.attempt(
                    digest, for: .secondStep, limit: settings.secondStepAttempts, on: connection)?.user,
                let account = try AccountRows.lock(user, on: connection), account.status == .active
            else { return (nil, nil) }
            guard try accept(code, of: user, on: connection) else { return (user, nil) }
            _ = try OneTimeTokens.consume(digest, for: .secondStep, on: connection)
            return (user, try begin(for: account, .passwordAndCode, client, on: connection))
        }
        guard let begun else {
            count(.passwordAndCode, "refused")
            journal.note(.signInRefused(user, reason: "code", from: client))
            throw Self.wrongCode
        }
        count(.passwordAndCode, "signed-in")
        await sessions.forget(begun.displaced)
        return begun.session
    }

    // MARK: Codes

    /// Whether it is a code of the person's app or one of the recovery codes; it is used up then. The person's row is locked.
    private func accept(_ code: String, of user: UserID, on connection: any SQLConnection) throws(StorageError) -> Bool
    {
        guard let stored = try SecondFactorRows.stored(of: user, on: connection), stored.isConfirmed,
            !stored.isBlocked
        else { return false }
        if let recovery = RecoveryCode(typed: code) {
            guard try SecondFactorRows.useRecovery(recovery.digest, of: user, on: connection) else {
                try SecondFactorRows.fail(user, on: connection)
                return false
            }
            try journal.record(.recoveryCodeUsed(user), on: connection)
            return true
        }
        return try use(code, stored, of: user, on: connection)
    }

    /// Whether it is a code that the app shows about now and that was not used; it is used up then.
    private func use(
        _ code: String, _ stored: SecondFactorRows.Stored, of user: UserID, on connection: any SQLConnection
    ) throws(StorageError) -> Bool {
        let password: OneTimePassword
        do {
            guard let opened = OneTimePassword(text: try vault.open(stored.secret, for: Self.place(user))) else {
                throw VaultError.unreadable(Self.place(user))
            }
            password = opened
        } catch {
            throw StorageError(.corrupt, "\(error)", underlying: error)
        }
        let typed = String(code.prefix(20).filter { $0 != " " })
        guard let step = password.matchingStep(typed, at: stored.now, after: stored.counter) else {
            try SecondFactorRows.fail(user, on: connection)
            return false
        }
        try SecondFactorRows.use(step, of: user, on: connection)
        return true
    }

    private static func place(_ user: UserID) -> String { "credentials/totp/\(user)" }

    private static var notForKeys: Problem {
        Problem(.forbidden, "This is for people; an API key cannot do it.")
    }

    private static var wrongCode: Problem {
        Problem(
            .unauthenticated,
            "The code is wrong or was used already; wait for the next one. After several wrong ones, sign in again.")
    }
}
