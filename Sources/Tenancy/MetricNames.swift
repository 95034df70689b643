/// The names of every metric of this target.
enum MetricNames {
    /// Calls that were refused because of a rate limit, by class.
    static let rateRefusals = "suisha_rate_limit_refusals_total"
    /// Calls that each node counted alone or refused because the shared store was away, by class.
    static let rateUncounted = "suisha_rate_limit_uncounted_total"
    /// Sign-ins, by method and outcome.
    static let signIns = "suisha_sign_ins"
    /// Password hashes that were refused because the line was full or too slow.
    static let hashingRefused = "suisha_password_hashing_refused"
    /// Lookups of sessions, by where the answer came from: `local`, `shared` or `database`.
    static let sessionLookups = "suisha_session_lookups"
    /// Fills of the session cache that were dropped because something ended meanwhile.
    static let sessionStaleFills = "suisha_session_stale_fills"
    /// Announcements of ended sessions that could not be published.
    static let sessionPublishFailures = "suisha_session_publish_failures"
    /// Refresh tokens that were used a second time.
    static let refreshReuse = "suisha_refresh_reuse"
    /// E-mails, by outcome: `sent`, `failed`, `dropped`.
    static let mails = "suisha_mails"
    /// Counters of quotas that a recount found wrong, by meter. Each is a fault.
    static let quotaDrift = "suisha_quota_drift"
    /// Reads of documents, by where they were answered from: `local`, `shared` or `database`.
    static let documentLookups = "suisha_document_lookups"
    /// Reads of documents that were overtaken by a change and so not remembered.
    static let documentStaleFills = "suisha_document_stale_fills"
    /// Changes of documents that other processes could not be told of.
    static let documentPublishFailures = "suisha_document_publish_failures"
    /// Entries that are missing in the audit log because more came than could be written.
    static let auditLosses = "suisha_audit_entries_dropped"
    /// Attempts to deliver a webhook, by how they ended: `delivered`, `again`, `failed`, `gone`.
    static let webhookAttempts = "suisha_webhook_attempts"
}
