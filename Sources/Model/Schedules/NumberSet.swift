/// A set of numbers from 0 to 63: the values that one cron field allows.
struct NumberSet: Hashable, Sendable {
    private var bits: UInt64 = 0

    func contains(_ number: Int) -> Bool { bits & (1 << UInt64(number)) != 0 }

    mutating func insert(_ number: Int) { bits |= 1 << UInt64(number) }

    /// The smallest member that is at least `number`.
    func first(from number: Int) -> Int? {
        guard number < 64 else { return nil }
        let rest = bits & (UInt64.max << UInt64(number))
        return rest == 0 ? nil : rest.trailingZeroBitCount
    }
}
