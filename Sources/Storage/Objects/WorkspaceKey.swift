import Foundation
package import Model

/// The names of a workspace's files in the object store: `uploads/WORKSPACE/…` and `files/WORKSPACE/…`.
package enum WorkspaceKey {
    private static let upload = "uploads"
    private static let file = "files"

    /// A new name for something that somebody uploads.
    package static func upload(in workspace: WorkspaceID) -> String {
        "\(upload)/\(workspace.sql)/\(UUID().uuidString.lowercased())"
    }

    /// The name of a file that a job made: that of its content, so that the same bytes are stored once per workspace.
    package static func file(_ sha256: String, in workspace: WorkspaceID) -> String {
        "\(file)/\(workspace.sql)/\(sha256.prefix(2))/\(sha256)"
    }

    /// What the names of all files of a workspace begin with.
    package static func prefixes(of workspace: WorkspaceID) -> [String] {
        [upload, file].map { "\($0)/\(workspace.sql)/" }
    }

    /// Whose file it is; nil for the name of something else.
    package static func workspace(of key: String) -> WorkspaceID? {
        let parts = key.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == upload || parts[0] == file else { return nil }
        return UUID(uuidString: String(parts[1])).map { WorkspaceID(uuid: $0) }
    }

    /// Whether it is named by its content, so that several jobs may have stored it.
    static func isShared(_ key: String) -> Bool { key.hasPrefix(file + "/") }
}
