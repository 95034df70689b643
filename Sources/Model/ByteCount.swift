import Foundation

/// A number of bytes.
public struct ByteCount: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// The number of bytes.
    public var bytes: Int64

    /// Wraps a number of bytes.
    public init(_ bytes: Int64) {
        self.bytes = bytes
    }

    /// `count` times 1,024 bytes.
    public static func kibibytes(_ count: Int64) -> ByteCount { .init(count << 10) }
    /// `count` times 1,048,576 bytes.
    public static func mebibytes(_ count: Int64) -> ByteCount { .init(count << 20) }
    /// `count` times 1,073,741,824 bytes.
    public static func gibibytes(_ count: Int64) -> ByteCount { .init(count << 30) }

    /// Compares by value.
    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

    /// For people: `1.5 GiB`, `12.0 MiB`, `340 bytes`.
    public var description: String {
        let units: [(name: String, shift: Int64)] = [("GiB", 30), ("MiB", 20), ("KiB", 10)]
        for unit in units where bytes >= 1 << unit.shift {
            return String(format: "%.1f ", Double(bytes) / Double(Int64(1) << unit.shift)) + unit.name
        }
        return "\(bytes) bytes"
    }

    /// Reads one plain value.
    public init(from decoder: any Decoder) throws {
        bytes = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes one plain value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(bytes)
    }
}
