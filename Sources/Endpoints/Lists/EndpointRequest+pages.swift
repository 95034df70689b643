import Model

extension EndpointRequest {
    /// How many items a page may have.
    package static let pageLimits: ClosedRange<Int> = 1...100

    /// The parameters of every list that comes in pages.
    package static func pageParameters(usual: Int = 20) -> [Endpoint.Parameter] {
        [
            .init(.query, "after", .string(pattern: "^[A-Za-z0-9_-]{0,1024}$"), "The `next` of the page before."),
            .init(
                .query, "limit",
                .integer(minimum: Int64(pageLimits.lowerBound), maximum: Int64(pageLimits.upperBound)),
                "How many; \(usual) unless told."),
        ]
    }

    /// How many items the caller wants.
    ///
    /// - Throws: `Problem` when the number is none, or out of bounds.
    package func pageLimit(usual: Int = 20) throws -> Int {
        guard let text = query["limit"], !text.isEmpty else { return usual }
        guard let limit = Int(text), Self.pageLimits.contains(limit) else {
            throw Problem(
                .invalidRequest,
                """
                The parameter 'limit' must be a whole number from \(Self.pageLimits.lowerBound) to \
                \(Self.pageLimits.upperBound).
                """, field: "limit")
        }
        return limit
    }

    /// Where the page before ended; nil for the first page.
    ///
    /// - Throws: `Problem` for a cursor of another list.
    package func pagePosition() throws -> String? {
        guard let cursor = query["after"], !cursor.isEmpty else { return nil }
        guard let position = cursors?.position(cursor, in: cursorScope) else {
            throw Problem(
                .unprocessable,
                "The parameter 'after' must be the 'next' of a page of this same list, with the same filter.",
                field: "after")
        }
        return position
    }

    /// A page of at most `limit` of the items: hand in one more than that where there are more.
    ///
    /// - Parameter position: what ``pagePosition()`` returns for the page after an item.
    package func page<Item, Document: Encodable & Sendable>(
        of items: some Collection<Item>, limit: Int, position: (Item) -> String, _ document: (Item) throws -> Document
    ) rethrows -> Page<Document> {
        let shown = Array(items.prefix(limit))
        let next =
            items.count > shown.count ? shown.last.flatMap { cursors?.cursor(position($0), in: cursorScope) } : nil
        return Page(items: try shown.map(document), next: next)
    }

    /// All parameters but those of paging choose what the list holds.
    private var cursorScope: CursorScope {
        let filter = (path.map { ("/" + $0.key, $0.value) } + query.map { ($0.key, $0.value) })
            .filter { $0.0 != "after" && $0.0 != "limit" && !$0.1.isEmpty }
            .sorted { $0.0 < $1.0 }.map { "\($0.0.utf8.count):\($0.0)\($0.1.utf8.count):\($0.1)" }.joined()
        return CursorScope(operation: operation, workspace: principal.workspace, filter: filter)
    }
}
