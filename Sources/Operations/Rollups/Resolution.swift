import Model

/// How finely the past is remembered.
package enum Resolution: String, Hashable, Sendable, CaseIterable {
    case seconds = "1s"
    case minutes = "1m"
    case hours = "1h"

    /// How long each stretch is.
    var step: Duration {
        switch self {
        case .seconds: .seconds(1)
        case .minutes: .seconds(60)
        case .hours: .seconds(3_600)
        }
    }

    /// The form in the database.
    var stepSeconds: Int { Int(step.components.seconds) }

    /// How long a row may be: seconds stand together, so that there is one row for several of them.
    var rowSpan: Duration { self == .seconds ? .seconds(10) : step }

    /// What stretches of this length are made of.
    var finer: Resolution? {
        switch self {
        case .seconds: nil
        case .minutes: .seconds
        case .hours: .minutes
        }
    }
}

/// How long the past is remembered.
package struct SampleRetention: Hashable, Sendable {
    package var seconds: Duration
    package var minutes: Duration
    package var hours: Duration

    package init(
        seconds: Duration = .seconds(3_600), minutes: Duration = .seconds(7 * 86_400),
        hours: Duration = .seconds(90 * 86_400)
    ) {
        self.seconds = seconds
        self.minutes = minutes
        self.hours = hours
    }

    subscript(_ resolution: Resolution) -> Duration {
        switch resolution {
        case .seconds: seconds
        case .minutes: minutes
        case .hours: hours
        }
    }
}

extension Timestamp {
    /// The beginning of the stretch of this length that the moment lies in, counted from 1970.
    func floor(to length: Duration) -> Timestamp {
        let length = length.microseconds
        let rest = microseconds % length
        return Timestamp(microseconds: microseconds - (rest < 0 ? rest + length : rest))
    }
}
