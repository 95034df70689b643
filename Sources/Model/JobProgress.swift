/// How far a job is.
public struct JobProgress: Hashable, Sendable, Codable {
    /// The step under way, one of the stages its kind declares.
    public var stage: String
    /// 0 to 100; never goes back.
    public var percent: Double
    /// What is happening, for people: `scene 2 of 4`.
    public var operation: String?
    /// Remaining time, or nil while nothing is known.
    public var eta: Range?

    /// A report of progress.
    public init(stage: String, percent: Double, operation: String? = nil, eta: Range? = nil) {
        self.stage = stage
        self.percent = percent
        self.operation = operation
        self.eta = eta
    }

    /// A span that the remaining time probably lies in; both ends are equal once enough runs were measured.
    public struct Range: Hashable, Sendable, Codable {
        /// Milliseconds at best.
        public var lowMilliseconds: Int64
        /// Milliseconds at worst.
        public var highMilliseconds: Int64

        /// A span of remaining time.
        public init(low: Duration, high: Duration) {
            lowMilliseconds = low.microseconds / 1_000
            highMilliseconds = high.microseconds / 1_000
        }

        private enum CodingKeys: String, CodingKey {
            case lowMilliseconds = "low_ms"
            case highMilliseconds = "high_ms"
        }
    }
}
