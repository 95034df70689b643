/// When a delivery that failed is tried again: ten attempts over about three days. Pure; the random part is given.
package enum RetrySchedule {
    /// The waits before the second to the tenth attempt, in seconds.
    private static let waits: [Int64] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 72_000]

    /// How often a delivery is tried.
    package static let attempts: Int = waits.count + 1

    /// How long to wait after an attempt that failed; nil after the last.
    ///
    /// - Parameters:
    ///   - attempt: the one that failed, from 1.
    ///   - chance: from 0 to 1; moves the wait by up to a tenth, so that what failed together is not tried together again.
    package static func wait(after attempt: Int, chance: Double) -> Duration? {
        guard waits.indices.contains(attempt - 1) else { return nil }
        return .milliseconds(Int64(Double(waits[attempt - 1] * 1_000) * (0.9 + 0.2 * min(max(chance, 0), 1))))
    }
}
