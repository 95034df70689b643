/// The names of every metric of this target.
enum MetricNames {
    /// Streams that this process reads for those who listen.
    static let streams = "suisha_live_streams"
    /// Open connections that listen live.
    static let connections = "suisha_live_connections"
    /// Readings of streams that failed, the first in a row of each.
    static let readFailures = "suisha_live_read_failures_total"
    /// Subscriptions, by whether the reader could go on where it was: `recovered`, `snapshot`.
    static let subscriptions = "suisha_live_subscriptions_total"
    /// Readers that were told to fetch a snapshot, because they took too little.
    static let resyncs = "suisha_live_resyncs_total"
    /// Connections by how they ended, as the code that a WebSocket closes with.
    static let closes = "suisha_live_closes_total"
}
