package import Model

/// Knows the names and addresses of people, which belong to their accounts and not to any workspace.
package protocol PeopleDirectory: Sendable {
    /// Those of them that it knows.
    func people(_ users: Set<UserID>) async throws -> [UserID: Person]
}

/// What others in a workspace see of a person.
package struct Person: Hashable, Sendable {
    package let name: String
    package let email: String
    /// Whether it is known that the address is the person's.
    package let isVerified: Bool

    package init(name: String, email: String, isVerified: Bool) {
        self.name = name
        self.email = email
        self.isVerified = isVerified
    }
}
