/// What happens to ticks that passed while nobody could fire them: the service was down, or the schedule's queue
/// paused.
///
/// A tick counts as missed once it is late by more than a tolerance; a tick that is only a little late fires under
/// every policy.
public enum MissedTickPolicy: Hashable, Sendable {
    /// Runs none of the missed ticks and goes on with the next one.
    case skip
    /// Runs one job, for the newest missed tick.
    case latest
    /// Runs one job for each missed tick, oldest first; of more than `limit` only the newest `limit`.
    case all(limit: Int)

    /// What `limit` may be.
    public static let limits: ClosedRange<Int> = 1...1_000
}

extension MissedTickPolicy: Codable, CustomStringConvertible {
    /// The text form: `skip`, `latest`, `all:20`.
    public var description: String {
        switch self {
        case .skip: "skip"
        case .latest: "latest"
        case .all(let limit): "all:\(limit)"
        }
    }

    /// Reads the text form; nil for anything else, also for a limit outside of ``limits``.
    public init?(_ text: String) {
        switch text {
        case "skip": self = .skip
        case "latest": self = .latest
        default:
            let prefix = "all:"
            guard text.hasPrefix(prefix), let limit = Int(text.dropFirst(prefix.count)), Self.limits.contains(limit)
            else { return nil }
            self = .all(limit: limit)
        }
    }

    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let policy = MissedTickPolicy(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription:
                    "'\(text)' is no policy for missed ticks; write skip, latest, or all:N with N from 1 to 1000")
        }
        self = policy
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
