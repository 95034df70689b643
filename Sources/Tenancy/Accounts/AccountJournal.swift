package import Model
package import Storage

/// Hears of every change to accounts inside the transaction that makes it: the audit log and the workspaces follow them.
package protocol AccountJournal: Sendable {
    /// Writes what follows from `event`. What it throws undoes the event.
    func record(_ event: AccountEvent, on connection: any SQLConnection) throws(StorageError)

    /// Takes note of something that changed nothing, such as a refusal. Returns at once, whatever the database does.
    func note(_ event: AccountEvent)
}

/// What happened to an account.
package enum AccountEvent: Hashable, Sendable {
    /// A new account; `invitation` is the digest of the invitation that let it in.
    case created(UserID, isOperator: Bool, invitation: TokenDigest?)
    case signedIn(UserID, SessionID, method: SignInMethod, from: ClientDescription)
    /// A sign-in that was refused; the account is known only where there is one.
    case signInRefused(UserID?, reason: String, from: ClientDescription)
    case signedOut(UserID, SessionID)
    /// All sessions but the one in which the person asked for it.
    case otherSessionsEnded(UserID, count: Int)
    case passwordChanged(UserID)
    /// The account is known only where there is one.
    case passwordResetRequested(UserID?)
    /// The address by which the person signs in, and to which letters go.
    case emailChanged(UserID)
    case disabled(UserID, by: Caller)
    case enabled(UserID, by: Caller)
    case deleted(UserID)
    /// Whether the person runs the server.
    case operatorChanged(UserID, isOperator: Bool, by: Caller)
    case secondFactorAdded(UserID)
    case secondFactorRemoved(UserID)
    case recoveryCodeUsed(UserID)
    /// New recovery codes took the place of the old ones.
    case recoveryCodesRenewed(UserID)
    case identityLinked(UserID, provider: String)
    case identityUnlinked(UserID, provider: String)
    /// A refresh token was used twice: somebody has copied it. Its session has ended.
    case refreshReused(UserID, SessionID)
    case keyCreated(APIKeyID, by: Caller)
    case keyRevoked(APIKeyID, by: Caller)
    case serviceAccountCreated(ServiceAccountID, by: Caller)
    case serviceAccountDisabled(ServiceAccountID, by: Caller)
    /// From now on access tokens are signed with the key of that name.
    case signingKeysRotated(to: String, by: Caller)
}

/// How somebody proved who they are.
package enum SignInMethod: String, Hashable, Sendable, Codable {
    case password
    /// A password and a code of an authenticator app or a recovery code.
    case passwordAndCode = "password+code"
    /// An identity provider.
    case provider
    /// The link that is printed at the first start.
    case ownerLink = "owner-link"
}

/// Follows nothing.
package struct NoAccountJournal: AccountJournal {
    package init() {}
    package func record(_ event: AccountEvent, on connection: any SQLConnection) throws(StorageError) {}
    package func note(_ event: AccountEvent) {}
}
