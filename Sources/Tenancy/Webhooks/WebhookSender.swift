/// Posts to addresses that strangers chose. Whoever conforms refuses private addresses, follows no redirect, reads a bounded
/// answer and gives up in time.
package protocol WebhookSender: Sendable {
    /// Sends one attempt; returns the status of the answer.
    ///
    /// - Throws: whatever kept it from being answered. Its description is shown to the workspace, so it names no inner address.
    func post(
        _ body: String, to url: String, headers: [(name: String, value: String)], timeout: Duration
    ) async throws -> Int
}
