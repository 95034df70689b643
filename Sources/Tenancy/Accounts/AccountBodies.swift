import Endpoints
import Model

/// A password as callers send it; how long it has to be is checked where one is chosen.
typealias PasswordText = Text<1, 1_024>
/// A token or code as callers send it.
typealias TokenText = Text<1, 4_096>
/// An e-mail address as callers send it.
typealias EmailText = Text<1, 254>

extension Text {
    var secret: Secret { Secret(value) }
}

/// Whom a sign-in is for.
enum SignInPurpose: String, CaseIterable, Hashable, Sendable {
    /// A cookie.
    case browser
    /// An access token and a refresh token.
    case program
}

struct SignUpBody: Decodable, Documented {
    let email: EmailText
    let name: Line<1, 100>
    let language: Choice<Language>?
    let password: PasswordText
    let invitation: TokenText?

    var form: AccountService.SignUpForm {
        get throws {
            try .init(
                email: email.value, name: name.value, language: language?.value ?? .english, password: password.secret)
        }
    }

    static let meanings = [
        "name": "What others see.", "language": "In which the server writes to you; English unless told.",
        "password": "At least 8 characters.", "invitation": "The token of an invitation, where one is needed.",
    ]
}

struct WelcomeBody: Decodable, Documented {
    let token: TokenText
    let email: EmailText
    let name: Line<1, 100>
    let language: Choice<Language>?
    let password: PasswordText

    var form: AccountService.SignUpForm {
        get throws {
            try .init(
                email: email.value, name: name.value, language: language?.value ?? .english, password: password.secret)
        }
    }

    static let meanings = ["token": "From the link that the server printed at its first start."]
}

struct SignInBody: Decodable, Documented {
    let email: EmailText
    let password: PasswordText
    let purpose: Choice<SignInPurpose>?

    private enum CodingKeys: String, CodingKey {
        case email, password
        case purpose = "for"
    }

    static let meanings = ["for": "`browser`, the usual, answers with a cookie; `program` with tokens."]
}

struct CodeSignInBody: Decodable, Documented {
    let step: TokenText?
    let code: Text<1, 40>
    let purpose: Choice<SignInPurpose>?

    private enum CodingKeys: String, CodingKey {
        case step, code
        case purpose = "for"
    }

    static let meanings = [
        "step": "What the first step answered; a browser that comes from an identity provider has it in a cookie.",
        "code": "Six digits of the authenticator app, or a recovery code.",
        "for": "`browser`, the usual, answers with a cookie; `program` with tokens.",
    ]
}

struct ConfirmationBody: Decodable, Documented {
    let token: TokenText
    let password: PasswordText
    static let meanings = ["token": "From the link in the letter.", "password": "The one chosen at sign-up."]
}

struct TokenBody: Decodable, Documented {
    let token: TokenText
    static let meanings = ["token": "From the link in the letter."]
}

struct RefreshBody: Decodable {
    let refreshToken: TokenText

    private enum CodingKeys: String, CodingKey {
        case refreshToken = "refresh_token"
    }
}

struct EmailBody: Decodable {
    let email: EmailText
}

struct ResetBody: Decodable, Documented {
    let token: TokenText
    let password: PasswordText
    static let meanings = ["token": "From the link in the letter.", "password": "The new one, at least 8 characters."]
}

struct PasswordChangeBody: Decodable, Documented {
    let currentPassword: PasswordText
    let newPassword: PasswordText

    private enum CodingKeys: String, CodingKey {
        case currentPassword = "current_password"
        case newPassword = "new_password"
    }

    static let meanings = ["new_password": "At least 8 characters."]
}

/// Why the password may be missing.
private let onceMore = "Your password, once more; without one, your sign-in must not be older than ten minutes."

struct PasswordBody: Decodable, Documented {
    let password: PasswordText?
    static let meanings = ["password": onceMore]
}

struct NewEmailBody: Decodable, Documented {
    let email: EmailText
    let password: PasswordText?
    static let meanings = ["email": "The new address.", "password": onceMore]
}

struct CodeBody: Decodable, Documented {
    let code: Text<1, 40>
    static let meanings = ["code": "Six digits of the authenticator app, or a recovery code."]
}

struct FactorRemovalBody: Decodable, Documented {
    let password: PasswordText?
    let code: Text<1, 40>
    static let meanings = [
        "password": onceMore, "code": "Six digits of the authenticator app, or a recovery code.",
    ]
}
