import Endpoints
import Model

/// Refuses a body that is too long or arrives too slowly.
struct BodyPace {
    private let limit: ByteCount
    private let minimumBytesPerSecond: ByteCount
    private let grace: Duration
    private let started: ContinuousClock.Instant
    private var received: Int64 = 0

    init(limit: ByteCount, settings: WebSettings, now: ContinuousClock.Instant) {
        self.limit = limit
        minimumBytesPerSecond = settings.minimumBytesPerSecond
        grace = settings.slowBodyGrace
        started = now
    }

    /// Counts `bytes` more.
    ///
    /// - Throws: `Problem` once the limit is passed, or when the average since the start is too low.
    mutating func count(_ bytes: Int, now: ContinuousClock.Instant) throws {
        received += Int64(bytes)
        guard received <= limit.bytes else { throw Self.tooLong(limit) }
        let elapsed = now - started
        guard elapsed > grace else { return }
        guard Double(received) >= Double(minimumBytesPerSecond.bytes) * elapsed.fractionalSeconds else {
            throw Problem(
                .requestTimeout,
                "The body arrives too slowly: fewer than \(minimumBytesPerSecond) a second over \(Int(elapsed.fractionalSeconds)) s."
            )
        }
    }

    /// The refusal of a body over `limit`.
    static func tooLong(_ limit: ByteCount) -> Problem {
        Problem(.tooLarge, "The body is larger than \(limit), the most that this server takes here.")
    }
}
