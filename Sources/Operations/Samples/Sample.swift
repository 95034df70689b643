package import Model

/// What one node measured in one second.
package struct Sample: Hashable, Sendable {
    /// The second's beginning, by the database's clock.
    package let at: Timestamp
    package let rollup: Rollup

    package init(at: Timestamp, rollup: Rollup) {
        self.at = at
        self.rollup = rollup
    }
}
