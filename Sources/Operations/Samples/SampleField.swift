/// One number that people see of a sample: its name with the unit at the end, what it means, and how it follows from what was
/// added up.
package struct SampleField: Sendable {
    package let name: String
    package let meaning: String
    /// Nil where nothing was measured.
    package let value: @Sendable (Rollup) -> Double?
    /// The greatest within a stretch of several seconds; nil where that makes no sense.
    package let peak: (@Sendable (Rollup) -> Double?)?

    private init(
        _ name: String, _ meaning: String, peak: (@Sendable (Rollup) -> Double?)? = nil,
        value: @escaping @Sendable (Rollup) -> Double?
    ) {
        (self.name, self.meaning, self.peak, self.value) = (name, meaning, peak, value)
    }

    private static func gauge(_ gauge: Gauge, _ name: String, _ meaning: String) -> SampleField {
        SampleField(name, meaning, peak: { $0.gauges[gauge]?.greatest }) { $0.gauges[gauge]?.mean }
    }

    private static func rate(_ count: Count, _ name: String, _ meaning: String) -> SampleField {
        SampleField(name, meaning, peak: { $0.counts[count]?.greatest ?? 0 }) { rollup in
            rollup.measured > 0 ? (rollup.counts[count]?.total ?? 0) / rollup.measured : nil
        }
    }

    private static func share(of part: Count, in whole: Count, _ name: String, _ meaning: String) -> SampleField {
        SampleField(name, meaning) { rollup in
            rollup.counts[whole].flatMap { $0.total > 0 ? (rollup.counts[part]?.total ?? 0) / $0.total * 100 : nil }
        }
    }

    private static func mean(_ of: Distribution, _ name: String, _ meaning: String) -> SampleField {
        SampleField(name, meaning) { $0.histograms[of]?.mean.map { $0 * 1_000 } }
    }

    private static func percentile(_ part: Double, _ of: Distribution, _ name: String, _ meaning: String) -> SampleField
    {
        SampleField(name, meaning) { $0.histograms[of]?.percentile(part).map { $0 * 1_000 } }
    }

    /// All of them, in the order of the reference.
    package static let all: [SampleField] = system + web + stores + jobs

    private static let system: [SampleField] = [
        gauge(.processCPU, "process_cpu_percent", "Processor time of the process, in percent of one processor."),
        gauge(.processMemory, "process_memory_bytes", "Bytes of memory that the process occupies."),
        gauge(.processFiles, "process_open_files", "File descriptors that the process has open."),
        gauge(.machineCPU, "machine_cpu_percent", "Busy time of the machine, in percent of all its processors."),
        gauge(.machineMemoryUsed, "machine_memory_used_bytes", "Bytes of the machine's memory that are in use."),
        gauge(.machineMemoryTotal, "machine_memory_total_bytes", "Bytes of memory that the machine has."),
        gauge(.diskFree, "disk_free_bytes", "Bytes that are free on the disk of the data folder."),
        gauge(.diskTotal, "disk_total_bytes", "Bytes that the disk of the data folder has."),
        gauge(.diskRead, "disk_read_bytes_per_second", "Bytes a second read from the machine's disks."),
        gauge(.diskWritten, "disk_written_bytes_per_second", "Bytes a second written to the machine's disks."),
        gauge(
            .networkReceived, "network_received_bytes_per_second",
            "Bytes a second that the machine received, without loopback."),
        gauge(
            .networkSent, "network_sent_bytes_per_second", "Bytes a second that the machine sent, without loopback."),
    ]

    private static let web: [SampleField] = [
        rate(.requests, "requests_per_second", "Requests answered a second."),
        rate(.errors, "errors_per_second", "Requests a second answered with a status from 500 on."),
        rate(.refusals, "refusals_per_second", "Requests a second answered with a status from 400 to 499."),
        mean(.requests, "request_mean_ms", "Mean milliseconds until a request's last byte, without event streams."),
        percentile(0.5, .requests, "request_p50_ms", "Milliseconds that half of the requests did not exceed."),
        percentile(0.95, .requests, "request_p95_ms", "Milliseconds that 95 % of the requests did not exceed."),
        percentile(0.99, .requests, "request_p99_ms", "Milliseconds that 99 % of the requests did not exceed."),
        gauge(.requestsInFlight, "requests_in_flight", "Requests being answered."),
        gauge(.connections, "connections", "Open connections to the HTTP server."),
        gauge(.eventStreams, "event_streams", "Open streams of server-sent events."),
        gauge(.webSockets, "web_sockets", "Open WebSockets."),
        SampleField(
            "active_users",
            "About how many people and programs called in the stretch and the five minutes before, with an error of 3 %."
        ) { rollup in rollup.users.estimate.rounded() },
        rate(.uploadedBytes, "uploaded_bytes_per_second", "Bytes a second of files taken in."),
        share(
            of: .sessionHits, in: .sessionLookups, "session_cache_hit_percent",
            "Lookups of sessions that needed no database, in percent."),
        share(
            of: .workspaceHits, in: .workspaceLookups, "workspace_cache_hit_percent",
            "Reads of workspace documents that needed no database, in percent."),
    ]

    private static let stores: [SampleField] = [
        gauge(.databaseUp, "database_up", "1 while the database answers, 0 while it does not."),
        gauge(.databaseLatency, "database_ms", "Milliseconds that the database took to answer the smallest question."),
        gauge(.poolInUse, "pool_in_use", "Connections to PostgreSQL lent to calls."),
        gauge(.poolIdle, "pool_idle", "Connections to PostgreSQL that wait for calls."),
        mean(.poolWaits, "pool_wait_mean_ms", "Mean milliseconds that calls waited for a connection to PostgreSQL."),
        percentile(
            0.99, .poolWaits, "pool_wait_p99_ms",
            "Milliseconds that 99 % of the calls did not exceed waiting for a connection to PostgreSQL."),
        rate(
            .poolTimeouts, "pool_timeouts_per_second", "Calls a second that gave up waiting for a connection."),
        gauge(.cacheUp, "cache_up", "1 while the shared cache answers, 0 while it does not."),
        rate(.redisCommands, "redis_commands_per_second", "Commands a second sent to Redis."),
        rate(.redisFailures, "redis_failures_per_second", "Commands a second to Redis that failed."),
        percentile(
            0.99, .redisCalls, "redis_p99_ms", "Milliseconds that 99 % of the calls of Redis did not exceed."),
        gauge(.busUp, "bus_up", "1 while what one node says reaches this one, 0 while it does not."),
        SampleField("bus_losses", "Connections of the bus and to Redis that were lost.") { rollup in
            (rollup.counts[.connectionLosses]?.total ?? 0) + (rollup.counts[.listenerLosses]?.total ?? 0)
        },
    ]

    private static let jobs: [SampleField] = [
        gauge(.jobsScheduled, "jobs_scheduled", "Jobs of all workspaces that wait for a time."),
        gauge(.jobsBlocked, "jobs_blocked", "Jobs that wait for other jobs."),
        gauge(.jobsParked, "jobs_parked", "Jobs that wait for their workspace's turn, a cap or a pause."),
        gauge(.jobsReady, "jobs_ready", "Jobs that the next free worker takes."),
        gauge(.jobsRunning, "jobs_running", "Jobs that workers have."),
        gauge(.queueLag, "queue_lag_ms", "Milliseconds that the oldest job that could run has waited."),
        gauge(
            .queueAge, "queue_age_ms",
            "Milliseconds since the numbers of jobs, the lag, the workers and the fairness were read from the database."
        ),
        gauge(.workers, "workers", "Worker processes that are alive."),
        gauge(
            .fairness, "fairness",
            "Jain's index of what waiting workspaces have of the workers: 1 when each has its weight's part."),
        percentile(0.5, .jobWaits, "job_wait_p50_ms", "Milliseconds that half of the taken jobs did not wait longer."),
        percentile(0.95, .jobWaits, "job_wait_p95_ms", "Milliseconds that 95 % of the taken jobs did not wait longer."),
        percentile(0.99, .jobWaits, "job_wait_p99_ms", "Milliseconds that 99 % of the taken jobs did not wait longer."),
        mean(.jobRuns, "job_run_mean_ms", "Mean milliseconds that attempts ran."),
        percentile(0.95, .jobRuns, "job_run_p95_ms", "Milliseconds that 95 % of the attempts did not exceed."),
        rate(.jobsSucceeded, "jobs_succeeded_per_second", "Jobs that succeeded, a second."),
        rate(.jobsFailed, "jobs_failed_per_second", "Jobs that failed for good, a second."),
        rate(.jobsRetried, "jobs_retried_per_second", "Attempts a second that failed and are tried again."),
        rate(.jobsCanceled, "jobs_canceled_per_second", "Jobs that were canceled while they ran, a second."),
        rate(.leasesLost, "leases_lost_per_second", "Jobs a second whose worker vanished."),
    ]
}
