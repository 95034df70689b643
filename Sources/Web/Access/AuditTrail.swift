import Endpoints
import Foundation
import HTTPTypes
import Model
import Tenancy

/// Writes down what callers did, as the operations declare it, and what they were refused, beside their requests: nobody waits
/// for the log.
struct AuditTrail: Sendable {
    /// Nil for a server without accounts.
    let inbox: AuditInbox?
    let callers: RequestCallers?

    /// Carries a call out and notes what it did, also where it fails after it has done something.
    func noting(
        _ call: EndpointRequest, of endpoint: Endpoint, _ body: () async throws -> EndpointResponse
    ) async throws -> EndpointResponse {
        do {
            let response = try await body()
            note(call, of: endpoint, isDone: response.status < 400)
            return response
        } catch {
            note(call, of: endpoint, isDone: false)
            throw error
        }
    }

    private func note(_ call: EndpointRequest, of endpoint: Endpoint, isDone: Bool) {
        guard let inbox, let audit = endpoint.audit else { return }
        let caller = Caller(call)
        if let deeds = call.deeds.all {
            for deed in deeds {
                guard let action = deed.action ?? audit.action else { continue }
                inbox.take(AuditDeed(action, by: caller, to: deed.targets))
            }
        } else if isDone, case .entry(let action) = audit {
            inbox.take(AuditDeed(action, by: caller, to: endpoint.target(in: call.path).map { [$0] } ?? []))
        }
    }

    /// Notes what somebody was refused: for want of a right or of room one by one, and who calls too often once and then with a
    /// count.
    ///
    /// - Parameters:
    ///   - caller: nil for somebody who is not known.
    ///   - stranger: who it is then: nobody, somewhere.
    func note(
        _ error: any Error, of operation: String, by caller: Caller?,
        else stranger: @autoclosure () -> Caller = Caller(.nobody)
    ) {
        guard let inbox else { return }
        let problem = Problem(error)
        switch problem.kind {
        case .forbidden, .quotaExceeded:
            guard let caller else { return }
            inbox.take(AuditDeed(operation, refusedTo: caller, reason: problem.detail))
        case .tooMany:
            inbox.take(
                AuditDeed(
                    operation, refusedTo: caller ?? stranger(), reason: problem.detail, isCounted: true))
        default: break
        }
    }

    /// Notes that somebody came with an API key that is known and not good, in the log of the key's workspace.
    func noteKey(in head: HTTPRequest, as stranger: Caller) async {
        guard let inbox, let callers, let authorization = head.headerFields[.authorization],
            let token = authorization.split(separator: " ", maxSplits: 1).dropFirst().first,
            // The refusal stands, whether the database can say whose key it was or not.
            let key = try? await callers.refusedKey(Secret(String(token)))
        else { return }
        let nobody = Principal(workspace: key.workspace, permissions: [])
        inbox.take(
            AuditDeed(
                "key.use", refusedTo: Caller(nobody, request: stranger.request, address: stranger.address),
                to: [key.id.description], reason: key.reason, isCounted: true, apart: key.id.description))
    }

    /// Notes that somebody asked for a workspace that is not theirs, or not there.
    ///
    /// In the log of the server's own workspace, as what a person does elsewhere is none of a workspace's business; for a key
    /// in its own one, which is the only one where it may be.
    func noteStray(_ principal: Principal, to workspace: String, as stranger: Caller) {
        let place = principal.key == nil ? WorkspaceID.local : principal.workspace
        let stray = Principal(actor: principal.actor, workspace: place, permissions: [], key: principal.key)
        inbox?.take(
            AuditDeed(
                "workspace.enter", refusedTo: Caller(stray, request: stranger.request, address: stranger.address),
                to: WorkspaceID(workspace).map { [$0.description] } ?? [],
                reason: "The workspace is not there or not the caller's.", isCounted: true))
    }
}
