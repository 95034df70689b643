extension PageDocument {
    /// The items of all pages.
    ///
    /// - Parameter page: fetches one, given the `next` of the one before.
    static func all(_ page: (_ after: String?) async throws -> Answer<PageDocument>) async throws -> [Item] {
        var items: [Item] = []
        var next: String?
        repeat {
            let answer = try await page(next).document
            items += answer.items
            next = answer.next
        } while next != nil
        return items
    }
}
