/// Whether a workspace works.
package enum WorkspaceState: String, Hashable, Sendable, Codable, CaseIterable {
    case active
    /// Stopped by who runs the server: its owners read, nobody else does anything.
    case suspended
    /// To be removed when the grace period is over: its owners take an archive or bring it back.
    case deleting
}
