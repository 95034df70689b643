/// How urgent a kind of job is against other kinds. Lower bands are served first; what waits too long in a higher one moves up.
public enum Band: Int, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// Somebody waits for the result.
    case interactive = 0
    /// Nobody waits for it.
    case batch = 1

    /// Compares by urgency.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
