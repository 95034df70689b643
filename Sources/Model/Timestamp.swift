import Foundation

/// A moment in whole microseconds since 1970 UTC, the unit of every time in the database.
///
/// JSON carries it as RFC 3339 with milliseconds: `2026-03-01T12:00:00.000Z`.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public var microseconds: Int64

    /// Wraps microseconds since 1970 UTC.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The system's wall clock; leases and schedules use the database's clock instead.
    public static var now: Timestamp {
        .init(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }

    /// The moment that lies `duration` later.
    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        .init(microseconds: left.microseconds + right.microseconds)
    }

    /// The time from `right` to `left`.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }

    /// Compares by value.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// A form for people.
    public var description: String {
        // The style cuts digits off, and a Date is up to a quarter of a microsecond early.
        Date(timeIntervalSince1970: (Double(microseconds) + 0.5) / 1_000_000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Reads RFC 3339, with or without fractions of a second; nil for anything else.
    public init?(_ text: String) {
        let styles = [Date.ISO8601FormatStyle(includingFractionalSeconds: true), Date.ISO8601FormatStyle()]
        guard let date = styles.lazy.compactMap({ try? $0.parse(text) }).first else { return nil }
        self.init(microseconds: Int64((date.timeIntervalSince1970 * 1_000_000).rounded()))
    }
}

extension Timestamp: Codable {
    /// Reads one plain value.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no time of the form 2026-03-01T12:00:00Z")
        }
        self = time
    }

    /// Writes one plain value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Duration {
    /// Whole microseconds, rounded towards zero.
    public var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    /// Seconds with fractions, for logs, metrics and documents.
    public var fractionalSeconds: Double { Double(microseconds) / 1_000_000 }
}
