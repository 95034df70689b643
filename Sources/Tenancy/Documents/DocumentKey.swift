import Model

/// Names a document on the whole server.
package struct DocumentKey: Hashable, Sendable {
    let workspace: WorkspaceID
    let name: String

    /// Its name in the shared cache and on the bus. Names of documents have no spaces.
    var text: String { "document:\(workspace):\(name)" }

    init(workspace: WorkspaceID, name: String) {
        self.workspace = workspace
        self.name = name
    }

    init?(text: some StringProtocol) {
        let parts = text.split(separator: ":", maxSplits: 2)
        guard parts.count == 3, parts[0] == "document", let workspace = WorkspaceID(parts[1]) else { return nil }
        self.init(workspace: workspace, name: String(parts[2]))
    }
}
