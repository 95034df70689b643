import Endpoints
import Foundation
import Model

/// What the ids in the audit log stand for, as far as the reader may see it: members, service accounts and keys.
struct AuditNames {
    /// Of a hundred each; those beyond are shown by their ids.
    private static let maximumPages = 10

    /// Those who act, in the order of a list to choose from.
    private var people: [(id: String, name: String)] = []
    private var names: [String: String] = [:]

    init(_ operations: PageOperations, for request: EndpointRequest, _ texts: PageTexts) async throws {
        let members: [MemberDocument] = try await Self.all("listMembers", operations, request)
        let services: [ServiceAccountDocument] = try await Self.all("listServiceAccounts", operations, request)
        people = members.map { ($0.user, $0.name ?? $0.email ?? $0.user) } + services.map { ($0.id, $0.name) }
        people.sort { $0.name.localizedStandardCompare($1.name) == .orderedAscending }
        people += ["server", "anonymous"].map { ($0, texts("audit_actor_\($0)")) }
        let keys: [KeyDocument] = try await Self.all("listKeys", operations, request)
        names = Dictionary(people + keys.map { ($0.id, $0.name) }) { first, _ in first }
    }

    private static func all<Item: Decodable>(
        _ list: String, _ operations: PageOperations, _ request: EndpointRequest
    ) async throws -> [Item] {
        var items: [Item] = []
        var after: String?
        for _ in 0..<maximumPages {
            let page: PageList<Item> = try await operations.items(
                list, for: request, query: ["limit": "100", "after": after ?? ""])
            items += page.items
            after = page.next
            guard after != nil else { break }
        }
        return items
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
