package import Model

/// What one password hash costs. Never below the contract's floor, whatever the configuration says.
package struct PasswordCost: Hashable, Sendable {
    /// Passes over the memory.
    package let passes: Int
    /// Memory of one hash under way.
    package let memory: ByteCount

    /// The least that is allowed: OWASP's recommendation for Argon2id with one lane.
    package static let floor: PasswordCost = .init()

    /// - Parameters are raised to the floor of 2 passes over 19 MiB.
    package init(passes: Int = 2, memory: ByteCount = .mebibytes(19)) {
        self.passes = max(2, passes)
        self.memory = max(.mebibytes(19), memory)
    }
}
