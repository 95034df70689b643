package import Model

/// A kind of job that workers outside this program run.
package struct OutsideKind: Hashable, Sendable {
    /// The most kinds of one workspace.
    package static let maximumKinds: Int = 1_000

    /// Unique within the workspace.
    package let name: String
    /// One line for lists.
    package let summary: String
    package let band: Band
    package let maxAttempts: Int
    /// A job that runs longer is asked to stop, and then counts as failed.
    package let timeout: Duration

    package init(name: String, summary: String, band: Band, maxAttempts: Int, timeout: Duration) {
        self.name = name
        self.summary = summary
        self.band = band
        self.maxAttempts = maxAttempts
        self.timeout = timeout
    }
}
