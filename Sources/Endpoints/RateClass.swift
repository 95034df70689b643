extension Endpoint {
    /// Which limit counts the call. Limits are per caller; ``usualCallsPerMinute`` holds unless the configuration says
    /// otherwise.
    package enum RateClass: String, Hashable, Sendable, CaseIterable {
        /// Trying to prove who one is, counted by network address.
        case signIn = "sign-in"
        /// Looking at things of a workspace.
        case read
        /// Changing the workspace itself: its document, members, roles, settings.
        case workspaceWrite = "workspace-write"
        case orgChart = "org-chart"
        case calendarSync = "calendar-sync"
        case chat
        /// Submissions, with or without files.
        case upload
        /// Checking the chain of an audit log, which reads all of it.
        case auditCheck = "audit-check"
        /// What workers outside this program say: their own class, because a busy worker calls many times a second.
        case workers
        /// Everything else.
        case standard
        /// What load balancers and monitoring ask, and the files of the pages: never limited.
        case unlimited

        /// Nil for no limit.
        package var usualCallsPerMinute: Int? {
            switch self {
            case .signIn: 10
            case .read: 120
            case .workspaceWrite: 30
            case .orgChart, .upload, .standard: 60
            case .calendarSync, .chat, .auditCheck: 5
            case .workers: 6_000
            case .unlimited: nil
            }
        }

        /// Whether calls are refused while nobody can count them: guessing passwords must not become free by breaking the
        /// counter.
        package var refusesWhenUncounted: Bool { self == .signIn }
    }
}
