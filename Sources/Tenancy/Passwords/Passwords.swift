package import Model

/// Hashes and checks passwords, at the same cost whether there is an account or not.
package struct Passwords: Sendable {
    private let cost: PasswordCost
    private let pool: HashingPool
    /// Stands in for the hash of an account that does not exist, at the same cost.
    private let decoy: PasswordHash

    /// Makes the decoy, which takes as long as one sign-in.
    package init(cost: PasswordCost = .floor, pool: HashingPool = HashingPool()) async throws {
        self.cost = cost
        self.pool = pool
        let password = OpaqueToken().secret
        decoy = try await pool.run { try PasswordHash(of: password, cost: cost) }
    }

    /// The hash of a password that keeps the rules.
    ///
    /// - Throws: `Problem`: what is wrong with the password, or 503 when too many are being hashed.
    package func hash(_ password: Secret, besides words: [String] = []) async throws -> PasswordHash {
        try PasswordRules.check(new: password, besides: words)
        return try await pool.run { [cost] in try PasswordHash(of: password, cost: cost) }
    }

    /// Compares a password with a hash; without a hash, with one that nothing matches, so that both take the same time.
    ///
    /// - Throws: `Problem` for a password that is too long to be one, or 503 when too many are being hashed.
    package func check(_ password: Secret, against hash: PasswordHash?) async throws -> PasswordVerdict {
        try PasswordRules.check(length: password)
        return try await pool.run { [cost, decoy] in
            guard try (hash ?? decoy).matches(password), let hash else { return .wrong }
            guard try hash.needsRehash(for: cost) else { return .right(better: nil) }
            return .right(better: try PasswordHash(of: password, cost: cost))
        }
    }
}

/// Whether a password was right.
package enum PasswordVerdict: Hashable, Sendable {
    case wrong
    /// With a hash of today's cost where the stored one is of another.
    case right(better: PasswordHash?)
}
