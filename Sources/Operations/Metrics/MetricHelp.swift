/// A sentence for each metric; docs/operations.md has the same table, and a test compares them.
package enum MetricHelp {
    /// By name.
    package static let sentences: [String: String] = [
        "suisha_build_info": "Always 1; the label is the version of the program.",
        "suisha_database_pool_connects_total": "Connections to PostgreSQL opened, the first time and again.",
        "suisha_database_pool_idle": "Connections to PostgreSQL that wait for calls.",
        "suisha_database_pool_in_use": "Connections to PostgreSQL lent to calls.",
        "suisha_database_pool_timeouts_total": "Calls that gave up waiting for a connection to PostgreSQL.",
        "suisha_database_pool_wait_seconds": "How long calls waited for a connection to PostgreSQL.",
        "suisha_database_listener_losses_total": "Times that the listening connection to PostgreSQL was lost.",
        "suisha_database_retries_total": "Transactions that ran again after a deadlock or a serialization failure.",
        "suisha_http_event_streams": "Event streams that are open now.",
        "suisha_http_request_duration_seconds": "How long requests took until their last byte, without event streams.",
        "suisha_http_requests_in_flight": "Requests being answered now.",
        "suisha_http_requests_total": "Requests by method, endpoint and status.",
        "suisha_http_uploaded_bytes_total": "Bytes of files taken in.",
        "suisha_job_leases_lost_total": "Jobs whose worker vanished.",
        "suisha_job_outcomes_total": "Attempts that ended, by kind and outcome.",
        "suisha_job_run_seconds": "How long attempts ran.",
        "suisha_job_wait_seconds": "How long jobs waited between being ready and being taken.",
        "suisha_jobs": "Jobs that have not ended, by kind and state, over all processes.",
        "suisha_metrics_series_refused_total": "Values that came with too many different labels, by metric.",
        "process_cpu_seconds_total": "Processor time that the process used.",
        "process_open_fds": "File descriptors that the process has open.",
        "process_max_fds": "File descriptors that the process may open.",
        "process_resident_memory_bytes": "Memory that the process occupies.",
        "process_start_time_seconds": "When the process started, in seconds since 1970.",
    ]
}
