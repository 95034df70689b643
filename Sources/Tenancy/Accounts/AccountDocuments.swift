import Endpoints
import Model

/// An account as its owner sees it.
struct AccountDocument: Codable, Documented, Sendable {
    let id: UserID
    let email: String
    let name: String
    let language: Choice<Language>
    let isOperator: Bool
    let createdAt: Timestamp
    let secondFactor: Bool
    let recoveryCodesLeft: Int

    init(_ account: Account, _ factor: AccountService.SecondFactorStatus) {
        id = account.id
        email = account.email.address
        name = account.name
        language = Choice(account.language)
        isOperator = account.isOperator
        createdAt = account.createdAt
        secondFactor = factor.isOn
        recoveryCodesLeft = factor.recoveryCodesLeft
    }

    private enum CodingKeys: String, CodingKey {
        case id, email, name, language
        case isOperator = "is_operator"
        case createdAt = "created_at"
        case secondFactor = "second_factor"
        case recoveryCodesLeft = "recovery_codes_left"
    }

    static let meanings = [
        "is_operator": "Whether the person runs this server.",
        "second_factor": "Whether a sign-in needs a code of an authenticator app as well.",
        "recovery_codes_left": "How many recovery codes have not been used.",
    ]
}

/// What a sign-in answers.
struct SignInDocument: Codable, Documented, Sendable {
    var user: UserID?
    var session: SessionID?
    var accessToken: String?
    var expiresIn: Int?
    var refreshToken: String?
    var step: String?

    private enum CodingKeys: String, CodingKey {
        case user, session, step
        case accessToken = "access_token"
        case expiresIn = "expires_in"
        case refreshToken = "refresh_token"
    }

    mutating func add(_ pair: TokenService.Pair) {
        accessToken = pair.access.revealed
        expiresIn = Int(pair.accessLifetime.components.seconds)
        refreshToken = pair.refresh.revealed
    }

    static let meanings = [
        "user": "Who has signed in; missing while a code is needed.",
        "access_token": "For the header `Authorization: Bearer`; only for programs.",
        "expires_in": "For how many seconds the access token holds.",
        "refresh_token": "For new tokens; it changes with every use.",
        "step": "Send it together with a code of the authenticator app; missing when no code is needed.",
    ]
}

/// One session in its owner's list.
struct SessionDocument: Codable, Documented, Sendable {
    let id: SessionID
    let isCurrent: Bool
    let method: String
    let client: String
    let address: String
    let signedInAt: Timestamp
    let lastSeenAt: Timestamp
    let expiresAt: Timestamp

    init(_ session: Session, isCurrent: Bool) {
        id = session.id
        self.isCurrent = isCurrent
        method = session.method.rawValue
        client = session.client
        address = session.address
        signedInAt = session.authAt
        lastSeenAt = session.lastSeenAt
        expiresAt = session.expiresAt
    }

    private enum CodingKeys: String, CodingKey {
        case id, method, client, address
        case isCurrent = "is_current"
        case signedInAt = "signed_in_at"
        case lastSeenAt = "last_seen_at"
        case expiresAt = "expires_at"
    }

    static let meanings = [
        "is_current": "Whether it is the session of this very request.",
        "client": "What the browser or program calls itself.",
        "last_seen_at": "Up to five minutes behind.",
        "expires_at": "When it ends if it is not used.",
    ]
}

/// A list that comes whole.
struct ListDocument<Item: Codable & Sendable>: Codable, Sendable {
    let items: [Item]
}

/// What an authenticator app is set up with.
struct EnrolmentDocument: Codable, Documented, Sendable {
    let secret: String
    let url: String

    static let meanings = ["secret": "For typing into the app.", "url": "For a QR code: `otpauth://totp/…`."]
}

/// Recovery codes, shown once.
struct RecoveryCodesDocument: Codable, Documented, Sendable {
    let recoveryCodes: [String]

    private enum CodingKeys: String, CodingKey {
        case recoveryCodes = "recovery_codes"
    }

    static let meanings = ["recovery_codes": "Each lets you in once without the app. They are shown only now."]
}
