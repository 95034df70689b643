package import Model

/// A person with an account on this server.
package struct Account: Hashable, Sendable {
    package let id: UserID
    package let email: EmailAddress
    package let name: String
    package let language: Language
    package let status: Status
    /// Whether the person runs this server: the first account, and those that it makes operators.
    package let isOperator: Bool
    /// Counts what ends every session: a new password, disabling, deleting.
    package let authEpoch: Int64
    /// Since when it is known that the address is the person's.
    package let verifiedAt: Timestamp?
    package let createdAt: Timestamp

    /// Whether the person may sign in.
    package enum Status: String, Hashable, Sendable, Codable {
        case active, disabled, deleted
    }
}

/// In which language the server writes to a person.
package enum Language: String, Hashable, Sendable, Codable, CaseIterable {
    case english = "en"
    case japanese = "ja"
}

/// What an account is made of.
package struct NewAccount: Sendable {
    package let id: UserID = UserID()
    package let email: EmailAddress
    package let name: String
    package let language: Language
    package let password: PasswordHash?
    package let isOperator: Bool
    /// Whether the address is known to be the person's, because a link that was sent there brought the person here.
    package let isVerified: Bool

    package init(
        email: EmailAddress, name: String, language: Language, password: PasswordHash?, isOperator: Bool = false,
        isVerified: Bool = false
    ) {
        self.email = email
        self.name = name
        self.language = language
        self.password = password
        self.isOperator = isOperator
        self.isVerified = isVerified
    }
}
