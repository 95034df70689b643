/// Why a job failed, for the person who submitted it.
public struct JobFailure: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    /// A stable word for programs: `no-audio`, `timed-out`, `worker-lost` …
    public var code: String
    /// One sentence that says what failed and what to do next, without secrets.
    public var message: String
    /// Whether another attempt may succeed.
    public var retryable: Bool
    /// The step that failed, when the job has steps.
    public var step: String?

    /// A failure with its reason.
    public init(code: String, message: String, retryable: Bool, step: String? = nil) {
        self.code = code
        self.message = message
        self.retryable = retryable
        self.step = step
    }

    /// A form for people.
    public var description: String { message }
}
