import Model
import Storage

/// How much of one meter a workspace has used, and its bound.
package struct QuotaCounter: Hashable, Sendable, Encodable {
    package let meter: String
    /// The month of a monthly meter, `2026-03`; empty for the others.
    package let period: String
    package let used: Int64
    /// Set aside for what is under way.
    package let reserved: Int64
    /// Nil where the plan sets no bound.
    package let cap: Int64?

    static let columns = "meter, period, used, reserved, cap"

    init(_ row: SQLRow) throws(StorageError) {
        meter = try row.text("meter")
        period = try row.text("period")
        used = try row.integer("used")
        reserved = try row.integer("reserved")
        cap = try row.optionalInteger("cap")
    }

    init(meter: Meter, period: String, cap: Int64?) {
        self.meter = meter.rawValue
        self.period = period
        (used, reserved) = (0, 0)
        self.cap = cap
    }
}
