/// What is counted against a bound of the plan.
package enum Meter: String, Hashable, Sendable, Codable, CaseIterable {
    /// How many projects there are.
    case projects
    /// Bytes of files that are kept.
    case storageBytes = "storage_bytes"
    /// Milliseconds that workers spent on jobs in a month.
    case processingMilliseconds = "processing_ms"
    /// Jobs that have not finished.
    case concurrentJobs = "concurrent_jobs"

    /// Whether it starts from zero each month (UTC); the others go down when things go.
    package var isMonthly: Bool { self == .processingMilliseconds }

    /// The order in which the counters of one workspace are locked by everybody.
    static let inLockOrder: [Meter] = allCases.sorted { $0.rawValue < $1.rawValue }

    /// How people call it.
    var title: String {
        switch self {
        case .projects: "projects"
        case .storageBytes: "bytes of storage"
        case .processingMilliseconds: "milliseconds of processing this month"
        case .concurrentJobs: "unfinished jobs"
        }
    }
}
