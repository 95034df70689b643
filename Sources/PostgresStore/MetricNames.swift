/// The names of what this target measures.
enum MetricNames {
    /// Seconds that calls waited for a connection.
    static let wait = "suisha_database_pool_wait_seconds"
    /// Connections lent to calls.
    static let inUse = "suisha_database_pool_in_use"
    /// Connections that wait for calls.
    static let idle = "suisha_database_pool_idle"
    /// Calls that gave up waiting for a connection.
    static let timeouts = "suisha_database_pool_timeouts"
    /// Connections opened, the first time and again.
    static let connects = "suisha_database_pool_connects"
    /// Transactions that ran again after a deadlock or a serialization failure.
    static let retries = "suisha_database_retries"
    /// Times that the listening connection was lost.
    static let listenerLosses = "suisha_database_listener_losses"
}
