import Foundation
import Model
import NIOHTTP1

extension ServerClient {
    /// The first step of a sign-in; the answer says whether a code is needed as well.
    func signIn(email: String, password: Secret) async throws -> Answer<SignInDocument> {
        try Answer(
            await call(
                .POST, "/api/v1/account/sign-in",
                json: ["email": email, "password": password.revealed, "for": "program"]))
    }

    /// The second step.
    ///
    /// - Parameter step: what the first one answered.
    func signIn(step: String, code: Secret) async throws -> Answer<SignInDocument> {
        try Answer(
            await call(
                .POST, "/api/v1/account/sign-in/code",
                json: ["step": step, "code": code.revealed, "for": "program"]))
    }

    /// New tokens for a session.
    func renew(_ refresh: Secret) async throws -> Answer<SignInDocument> {
        try Answer(await call(.POST, "/api/v1/tokens/refresh", json: ["refresh_token": refresh.revealed]))
    }

    func signOut() async throws {
        _ = try await call(.POST, "/api/v1/account/sign-out")
    }

    func account() async throws -> Answer<AccountDocument> {
        try Answer(await call(.GET, "/api/v1/account"))
    }

    func rights() async throws -> Answer<RightsDocument> {
        try Answer(await call(.GET, "/api/v1/workspace/permissions"))
    }
}

/// What a sign-in answers: tokens, or what the next step needs.
struct SignInDocument: Decodable, Sendable {
    let step: String?
    private let accessToken: String?
    private let refreshToken: String?
    private let expiresIn: Int?

    private enum CodingKeys: String, CodingKey {
        case step
        case accessToken = "access_token"
        case refreshToken = "refresh_token"
        case expiresIn = "expires_in"
    }

    /// The tokens of a session that begins or goes on.
    ///
    /// - Throws: ``CommandFailure`` when the answer has none.
    func tokens(at now: Timestamp) throws -> Login.Tokens {
        guard let accessToken, let refreshToken else {
            throw CommandFailure("The server answered the sign-in without tokens; perhaps it is of another version.")
        }
        return Login.Tokens(
            access: Secret(accessToken), until: now + .seconds(expiresIn ?? 0), refresh: Secret(refreshToken))
    }
}

/// An account as the API shows it to its owner.
struct AccountDocument: Decodable, Sendable {
    let id: String
    let email: String
    let name: String
    let isOperator: Bool
    let secondFactor: Bool

    private enum CodingKeys: String, CodingKey {
        case id, email, name
        case isOperator = "is_operator"
        case secondFactor = "second_factor"
    }
}

/// What a caller may do where it acts.
struct RightsDocument: Decodable, Sendable {
    let actor: String
    let workspace: String
    let permissions: [String]
}
