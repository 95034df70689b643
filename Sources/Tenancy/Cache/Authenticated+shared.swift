import Foundation
import Model

/// The form in which processes share what is known of a caller. Of another version of the program it is nothing.
extension Authenticated {
    private struct Document: Codable {
        let version: Int
        let user: UserID?
        let service: ServiceAccountID?
        let session: SessionID?
        let key: APIKeyID?
        let authTime: Int64
        let isOperator: Bool
        let grants: [Grant]
    }

    private struct Grant: Codable {
        let workspace: WorkspaceID
        let low: UInt64
        let high: UInt64
        let epoch: Int64
    }

    private static let version = 1

    var sharedText: String {
        var service: ServiceAccountID?
        if case .service(let id) = actor { service = id }
        let document = Document(
            version: Self.version, user: user, service: service, session: session, key: key,
            authTime: authTime.microseconds, isOperator: isOperator,
            grants: grants.map { grant in
                Grant(
                    workspace: grant.workspace, low: grant.permissions.low, high: grant.permissions.high,
                    epoch: grant.epoch)
            })
        // Integers and ids: nothing in it can fail to encode.
        return (try? JSONEncoder().encode(document)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    init?(shared text: String) {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(text.utf8)),
            document.version == Self.version
        else { return nil }
        let actor: Principal.Actor
        switch (document.user, document.service) {
        case (let user?, nil): actor = .user(user)
        case (nil, let service?): actor = .service(service)
        default: return nil
        }
        self.init(
            actor: actor, session: document.session, key: document.key,
            authTime: Timestamp(microseconds: document.authTime), isOperator: document.isOperator,
            grants: document.grants.map { grant in
                WorkspaceGrant(
                    workspace: grant.workspace, permissions: PermissionSet(low: grant.low, high: grant.high),
                    epoch: grant.epoch)
            })
    }
}
