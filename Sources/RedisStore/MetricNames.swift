/// The names of what this target measures.
enum MetricNames {
    /// Commands sent.
    static let commands = "suisha_redis_commands"
    /// Calls that failed, by the error's code.
    static let failures = "suisha_redis_failures"
    /// Connections opened, the first time and again.
    static let connects = "suisha_redis_connects"
    /// Connections lost, and attempts to connect that failed.
    static let losses = "suisha_redis_losses"
    /// Seconds from sending commands to their last reply.
    static let latency = "suisha_redis_latency_seconds"
}
