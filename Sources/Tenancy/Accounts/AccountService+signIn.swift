import Endpoints
package import Model
import Storage

extension AccountService {
    /// What a sign-in leads to.
    package enum SignInOutcome: Sendable {
        case signedIn(NewSession)
        /// The password was right; a code of the authenticator app is needed as well, together with this token.
        case needsCode(Secret)
    }

    /// Signs in with a password.
    ///
    /// - Throws: ``RateRefusal`` after many attempts at one address; ``Problem`` 401 in the same words, and after the same work, for an unknown address, a wrong password and an
    ///   account that may not sign in; 503 when too many sign in at once.
    package func signIn(
        email: String, password: Secret, client: ClientDescription
    ) async throws -> SignInOutcome {
        try PasswordRules.check(length: password)
        // What is no address is nobody's; it takes as long as an unknown one.
        let typed = email
        let email = try? EmailAddress(typed)
        try await countAttempt(at: email?.normal ?? typed)
        let candidate = try await database.read { connection throws(StorageError) in
            if let email { try AccountRows.candidate(of: email, on: connection) } else { nil as SignInCandidate? }
        }
        let verdict = try await passwords.check(password, against: candidate?.hash)
        guard let candidate, case .right(let better) = verdict, candidate.account.status == .active else {
            let reason = candidate == nil ? "unknown" : verdict == .wrong ? "password" : "status"
            throw refusal(of: candidate?.account.id, reason, client)
        }
        let step = OpaqueToken(random: random)
        let result = try await database.write { connection throws(StorageError) -> SignedInStep in
            guard let account = try AccountRows.lock(candidate.account.id, on: connection),
                account.status == .active, account.authEpoch == candidate.account.authEpoch
            else { return .changed }
            if let better, let hash = candidate.hash {
                try AccountRows.improve(hash, to: better, of: account.id, on: connection)
            }
            // Asked under the lock: the app may have been set up while the password was checked.
            guard try SecondFactorRows.isOn(for: account.id, on: connection) else {
                return .begun(try begin(for: account, .password, client, on: connection))
            }
            try OneTimeTokens.insert(
                step.digest, for: .secondStep, user: account.id, lifetime: settings.secondStepLifetime,
                on: connection)
            return .halfway
        }
        switch result {
        case .changed: throw refusal(of: candidate.account.id, "changed", client)
        case .halfway: return .needsCode(step.secret)
        case .begun(let begun):
            count(.password, "signed-in")
            await sessions.forget(begun.displaced)
            return .signedIn(begun.session)
        }
    }

    /// Ends the caller's own session; when this returns, its token works nowhere.
    package func signOut(_ caller: Authenticated) async throws {
        guard let user = caller.user, let session = caller.session else {
            throw Problem(.unprocessable, "An API key has no session to end; revoke the key instead.")
        }
        try await sessions.end(session, of: user, journal: journal)
    }

    private enum SignedInStep: Sendable {
        case changed, halfway
        case begun(Begun)
    }

    /// Notes the refusal, for a known account and for an unknown one alike.
    private func refusal(of user: UserID?, _ reason: String, _ client: ClientDescription) -> Problem {
        count(.password, "refused")
        journal.note(.signInRefused(user, reason: reason, from: client))
        return Self.wrong
    }
}
