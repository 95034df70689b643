/// What becomes of a job when one that it waits for ends without success.
public enum DependencyPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// It is canceled.
    case cancel
    /// It runs all the same, once all have ended: the gathering job of a batch.
    case run
}
