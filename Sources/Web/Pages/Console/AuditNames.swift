import Endpoints
import Foundation
import Model

/// What the ids in the audit log stand for, as far as the reader may see it: members, service accounts and keys. Of each
/// the first thousand; those beyond are shown by their ids.
struct AuditNames {
    /// Those who act, in the order of a list to choose from.
    private let people: [(id: String, name: String)]
    private let names: [String: String]

    /// - Parameter ids: those that are shown. Keys are read only if one of them is among these; nobody chooses from them.
    init(
        of ids: [String], _ operations: PageOperations, for request: EndpointRequest, _ texts: PageTexts
    ) async throws {
        let members: [MemberDocument] = try await operations.firstThousand("listMembers", for: request)
        let services: [ServiceAccountDocument] = try await operations.firstThousand(
            "listServiceAccounts", for: request)
        var people = members.map { ($0.user, $0.name ?? $0.email ?? $0.user) } + services.map { ($0.id, $0.name) }
        people.sort { $0.1.localizedStandardCompare($1.1) == .orderedAscending }
        people += ["server", "anonymous"].map { ($0, texts("audit_actor_\($0)")) }
        let showsKeys = ids.contains { APIKeyID($0) != nil }
        let keys: [KeyDocument] = showsKeys ? try await operations.firstThousand("listKeys", for: request) : []
        self.people = people.map { (id: $0.0, name: $0.1) }
        names = Dictionary(people + keys.map { ($0.id, $0.name) }) { first, _ in first }
    }

    /// The name of that id; nil where the reader may not see it, or it is gone.
    subscript(id: String) -> String? { names[id] }

    /// The choices of a filter; one that is chosen by its id alone is there too.
    func actors(chosen: String?) -> [[String: Any]] {
        let stranger = chosen.flatMap { id in people.contains { $0.id == id } ? nil : (id: id, name: id) }
        return (people + [stranger].compactMap(\.self)).map { id, name in
            ["value": id, "label": name, "isCurrent": id == chosen]
        }
    }
}
