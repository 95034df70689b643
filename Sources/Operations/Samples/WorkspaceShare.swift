package import Model

/// What a workspace has of the workers at a moment, and what it waits for.
package struct WorkspaceShare: Hashable, Sendable {
    package let workspace: WorkspaceID
    /// Jobs that workers have.
    package var running: Int
    /// Jobs that could run.
    package var waiting: Int
    /// Its running jobs over the last minute or so, newer ones weighing more.
    package var recent: Double
    /// Its part against other busy workspaces.
    package var weight: Int

    package init(workspace: WorkspaceID, running: Int, waiting: Int, recent: Double, weight: Int) {
        self.workspace = workspace
        self.running = running
        self.waiting = waiting
        self.recent = recent
        self.weight = weight
    }

    /// How even the workers' time is shared out among those that wait for it: R. Jain's index, 1 when each has its weight's
    /// part, 1/n when one of n has everything; nil when fewer than two wait.
    static func fairness(_ shares: [WorkspaceShare]) -> Double? {
        let parts = shares.filter { $0.waiting > 0 }.map { $0.recent / Double(max($0.weight, 1)) }
        let (sum, squares) = parts.reduce((0, 0)) { ($0.0 + $1, $0.1 + $1 * $1) }
        guard parts.count > 1, squares > 0 else { return nil }
        return sum * sum / (Double(parts.count) * squares)
    }

    /// The few that have or want most.
    static func top(_ shares: [WorkspaceShare], _ limit: Int = 10) -> [WorkspaceShare] {
        Array(
            shares.sorted { ($1.recent, $1.waiting, $0.workspace) < ($0.recent, $0.waiting, $1.workspace) }
                .prefix(limit))
    }
}
