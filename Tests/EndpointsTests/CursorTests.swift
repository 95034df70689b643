import Endpoints
import Foundation
import Model
import Testing

@Suite("Pages, cursors and versions (C1)")
struct CursorTests {
    private let cursors = Cursors(ServerKey(Secret("0123456789abcdef")))

    private func request(
        _ query: [String: String], in workspace: WorkspaceID = .local, operation: String = "list",
        headers: [String: String] = [:]
    ) -> EndpointRequest {
        EndpointRequest(
            principal: Principal(workspace: workspace, permissions: []), requestID: "r", operation: operation,
            cursors: cursors, query: query, headers: headers)
    }

    @Test("pages lead through a list to its end")
    func pages() throws {
        let all = (1...7).map(String.init)
        var (seen, after): ([String], String?) = ([], nil)
        repeat {
            var query = ["limit": "3", "state": "ready"]
            query["after"] = after
            let request = request(query)
            let position = try request.pagePosition()
            let rest = position.flatMap { all.firstIndex(of: $0) }.map { all[($0 + 1)...] } ?? all[...]
            let page = request.page(of: rest.prefix(4), limit: try request.pageLimit(), position: { $0 }) { $0 }
            #expect(page.items.count <= 3)
            seen += page.items
            after = page.next
        } while after != nil
        #expect(seen == all)
    }

    @Test("a cursor of another workspace, operation, filter or key is refused, and so is every changed one")
    func foreign() throws {
        let page = request(["state": "ready"]).page(of: ["a", "b"], limit: 1, position: { $0 }) { $0 }
        let cursor = try #require(page.next)
        #expect(try request(["state": "ready", "after": cursor, "limit": "9"]).pagePosition() == "a")
        for stranger in [
            request(["state": "ready", "after": cursor], in: WorkspaceID()),
            request(["state": "ready", "after": cursor], operation: "other"),
            request(["state": "dead", "after": cursor]), request(["after": cursor]),
            request(["state": "ready", "after": cursor + "A"]), request(["state": "ready", "after": "a"]),
            request(["state": "ready", "after": String(cursor.dropLast())]),
        ] {
            let problem = #expect(throws: Problem.self) { try stranger.pagePosition() }
            #expect(problem?.field == "after")
        }
        let scope = CursorScope(operation: "list", workspace: .local, filter: "")
        let other = Cursors(ServerKey(Secret("another key 0000")))
        #expect(other.position(cursors.cursor("a", in: scope), in: scope) == nil)
        #expect(cursors.position(cursors.cursor("a", in: scope), in: scope) == "a")
    }

    @Test("limits are from 1 to 100", arguments: ["0", "101", "-1", "1.0", "9223372036854775808", "x"])
    func limits(text: String) {
        #expect(throws: Problem.self) { try request(["limit": text]).pageLimit() }
    }

    @Test("a change goes through only from the newest version")
    func versions() throws {
        let tag = EntityTag(version: 4)
        func check(_ header: String?, required: Bool = false, now: EntityTag? = EntityTag(version: 4)) -> ProblemKind? {
            do {
                try request([:], headers: header.map { ["if-match": $0] } ?? [:]).checkMatch(now, required: required)
                return nil
            } catch {
                return (error as? Problem)?.kind
            }
        }
        #expect(check(tag.description) == nil)
        #expect(check("\"v3\", \"v4\"") == nil)
        #expect(check("*") == nil)
        #expect(check("\"v3\"") == .preconditionFailed)
        // Weak tags never match where it matters, and nothing matches what is not there.
        #expect(check("W/\"v4\"") == .preconditionFailed)
        #expect(check("v4") == .preconditionFailed)
        #expect(check("*", now: nil) == .preconditionFailed)
        #expect(check(nil) == nil)
        #expect(check(nil, required: true) == .preconditionRequired)
        #expect(try request([:], headers: ["if-match": "\"v12\""]).matchedVersion() == 12)
    }
}
