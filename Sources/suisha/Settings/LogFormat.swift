/// How log messages are written.
enum LogFormat: String, CaseIterable, Sendable {
    /// Text on a terminal, JSON elsewhere.
    case auto
    /// Lines for people.
    case text
    /// One JSON object a line.
    case json
}

/// The least important messages that are written; the names of swift-log's levels.
enum LogThreshold: String, CaseIterable, Sendable {
    case trace, debug, info, notice, warning, error, critical
}
