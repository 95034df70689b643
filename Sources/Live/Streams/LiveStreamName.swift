package import Model

/// What can be listened to.
package enum LiveStreamName: Hashable, Sendable, CustomStringConvertible {
    /// Everything that happens to one job: `job:job_…`.
    case job(JobID)
    /// The list of a workspace's jobs: `workspace:ws_…/jobs`.
    case jobs(WorkspaceID)
    /// What the server tells everybody: `system`.
    case system

    /// The form of every name.
    package static let pattern: String = "^(job:job_[0-9a-f]{32}|workspace:ws_[0-9a-f]{32}/jobs|system)$"

    /// Nil for anything that is no name of a stream.
    package init?(_ text: String) {
        if text == "system" {
            self = .system
        } else if text.hasPrefix("job:"), let id = JobID(text.dropFirst(4)) {
            self = .job(id)
        } else if text.hasPrefix("workspace:"), text.hasSuffix("/jobs"),
            let id = WorkspaceID(text.dropFirst(10).dropLast(5))
        {
            self = .jobs(id)
        } else {
            return nil
        }
    }

    package var description: String {
        switch self {
        case .job(let id): "job:\(id)"
        case .jobs(let id): "workspace:\(id)/jobs"
        case .system: "system"
        }
    }
}
