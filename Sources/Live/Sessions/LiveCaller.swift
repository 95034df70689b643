package import Model

/// Who is at the other end of a live connection, and what the rest of the server does for them.
package protocol LiveCaller: Sendable {
    /// The workspace that the connection is about.
    var workspace: WorkspaceID { get }

    /// Whether the caller may listen to what is in the workspace.
    ///
    /// - Throws: `Problem` 401 when the session has ended, 403 or 404 when the right is gone.
    func checkListening() async throws

    /// Does what the operation of the API does, with its permission, limits, checks and record.
    ///
    /// - Throws: what the operation refuses.
    func perform(_ command: LiveCommand) async throws -> LiveOutcome

    /// The problem document for an error.
    func refusal(_ error: any Error) -> LiveOutcome
}

/// What an operation answered.
package struct LiveOutcome: Sendable {
    package let status: Int
    /// JSON; nil when it answers without content.
    package let data: JSONText?

    package init(status: Int, data: JSONText?) {
        self.status = status
        self.data = data
    }
}
