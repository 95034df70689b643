import Model

/// A job that an outside worker owns, as far as decisions about it need.
package struct HeldJob: Hashable, Sendable {
    package let lease: JobLease
    package let kind: String
    package let attempt: Int
    package let maxAttempts: Int
    package let cancelRequested: Bool
    package let stage: String?
    /// How many entries its journal has.
    package let position: Int64
    /// How long this attempt has run, by the store's clock.
    package let ran: Duration
    /// How long it may run.
    package let timeout: Duration

    package init(
        lease: JobLease, kind: String, attempt: Int, maxAttempts: Int, cancelRequested: Bool, stage: String?,
        position: Int64, ran: Duration, timeout: Duration
    ) {
        self.lease = lease
        self.kind = kind
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.cancelRequested = cancelRequested
        self.stage = stage
        self.position = position
        self.ran = ran
        self.timeout = timeout
    }

    /// Whether it has run longer than its kind allows, and so long beyond that.
    package func isOverdue(by grace: Duration = .zero) -> Bool { ran > timeout + grace }
}
