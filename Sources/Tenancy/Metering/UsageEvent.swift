import Crypto
import Foundation
package import Model

/// Something that was used, named so that it is counted once however often it is told.
package struct UsageEvent: Hashable, Sendable {
    /// Which part of the program tells it: `jobs`.
    package let source: String
    /// Its name within the source: a job's id and epoch.
    package let id: String
    /// What was used; a meter of the plan, or any other name of `a-z`, digits and `_`.
    package let meter: String
    /// How much, in the meter's unit.
    package let quantity: Int64
    package let occurredAt: Timestamp

    package init(source: String, id: String, meter: String, quantity: Int64, occurredAt: Timestamp) {
        self.source = source
        self.id = id
        self.meter = meter
        self.quantity = quantity
        self.occurredAt = occurredAt
    }

    /// Differs when anything of what is told differs.
    var payloadHash: String {
        let text = "\(meter)\n\(quantity)\n\(occurredAt.microseconds)"
        return SHA256.hash(data: Data(text.utf8)).hexadecimal
    }
}
