import Endpoints
import Model
package import Storage

/// What follows from a change to an account, in its transaction: memberships begin and end, and the audit log tells of it.
///
/// What concerns a workspace is in that workspace's log; the rest is in the log of the server's own workspace.
package struct TenantJournal: AccountJournal {
    private let inbox: AuditInbox

    /// - Parameter inbox: takes what changed nothing.
    package init(inbox: AuditInbox) {
        self.inbox = inbox
    }

    package func record(_ event: AccountEvent, on connection: any SQLConnection) throws(StorageError) {
        do {
            try follow(event, on: connection)
        } catch let error as StorageError {
            throw error
        } catch let problem as Problem {
            throw StorageError(.conflict, problem.detail, underlying: problem)
        } catch {
            throw StorageError(.invalid, "\(error)", underlying: error)
        }
        try connection.audit(entry(event), in: event.workspace)
    }

    package func note(_ event: AccountEvent) {
        inbox.add(entry(event), in: event.workspace)
    }

    private func follow(_ event: AccountEvent, on connection: any SQLConnection) throws {
        switch event {
        case .created(let user, let isOperator, let invitation):
            if isOperator {
                _ = try Workspace.lockRights(in: .local, on: connection)
                _ = try WorkspaceStore.adopt(.local, owner: user, by: caller(user), on: connection)
            }
            if let invitation { try InviteStore.acceptAtSignUp(invitation, by: user, on: connection) }
        case .deleted(let user): try MemberStore.removeEverywhere(user, on: connection)
        default: break
        }
    }

    private func caller(_ user: UserID?, at address: String? = nil) -> Caller {
        Caller(
            Principal(actor: user.map { .user($0) } ?? .anonymous, workspace: .local, permissions: []),
            address: address)
    }

    private func entry(_ event: AccountEvent) -> AuditRecord {
        func entry(
            _ action: String, _ user: UserID?, target: String? = nil, outcome: AuditRecord.Outcome = .done,
            _ detail: [String: String] = [:], from client: ClientDescription? = nil
        ) -> AuditRecord {
            AuditRecord(
                action, by: caller(user, at: client?.address), target: target ?? user?.description, outcome: outcome,
                detail: detail)
        }
        return switch event {
        case .created(let user, let isOperator, _): entry("account.created", user, ["operator": String(isOperator)])
        case .signedIn(let user, let session, let method, let client):
            entry(
                "session.began", user, target: session.description,
                ["method": method.rawValue, "client": client.name], from: client)
        case .signInRefused(let user, let reason, let client):
            // Nobody knows that it was the person: whose account it is, is the target.
            entry(
                "session.begin", nil, target: user?.description, outcome: .refused,
                ["reason": reason, "client": client.name], from: client)
        case .signedOut(let user, let session): entry("session.ended", user, target: session.description)
        case .otherSessionsEnded(let user, let count):
            entry("session.others_ended", user, ["sessions": String(count)])
        case .passwordChanged(let user): entry("password.changed", user)
        case .passwordResetRequested(let user): entry("password.reset_requested", user)
        case .emailChanged(let user): entry("email.changed", user)
        case .disabled(let user, let caller): AuditRecord("account.disabled", by: caller, target: user.description)
        case .enabled(let user, let caller): AuditRecord("account.enabled", by: caller, target: user.description)
        case .deleted(let user): entry("account.deleted", user)
        case .operatorChanged(let user, let isOperator, let caller):
            AuditRecord(
                "account.operator_changed", by: caller, target: user.description,
                detail: ["operator": String(isOperator)])
        case .secondFactorAdded(let user): entry("second_factor.added", user)
        case .secondFactorRemoved(let user): entry("second_factor.removed", user)
        case .recoveryCodeUsed(let user): entry("recovery_code.used", user)
        case .recoveryCodesRenewed(let user): entry("recovery_codes.renewed", user)
        case .identityLinked(let user, let provider): entry("identity.linked", user, ["provider": provider])
        case .identityUnlinked(let user, let provider): entry("identity.unlinked", user, ["provider": provider])
        case .refreshReused(let user, let session):
            entry("refresh_token.reused", user, target: session.description, outcome: .refused)
        case .keyCreated(let key, let caller): AuditRecord("key.created", by: caller, target: key.description)
        case .keyRevoked(let key, let caller): AuditRecord("key.revoked", by: caller, target: key.description)
        case .serviceAccountCreated(let account, let caller):
            AuditRecord("service_account.created", by: caller, target: account.description)
        case .serviceAccountDisabled(let account, let caller):
            AuditRecord("service_account.disabled", by: caller, target: account.description)
        case .signingKeysRotated(let kid, let caller):
            AuditRecord("signing_keys.rotated", by: caller, target: kid)
        }
    }
}

extension AccountEvent {
    /// Whose log tells of it.
    fileprivate var workspace: WorkspaceID {
        switch self {
        case .keyCreated(_, let caller), .keyRevoked(_, let caller), .serviceAccountCreated(_, let caller),
            .serviceAccountDisabled(_, let caller):
            caller.workspace
        default: .local
        }
    }
}
