import Foundation
import Model

/// Where the links in letters lead.
struct AccountLinks: Sendable {
    let origin: String

    init(_ settings: AccountSettings) {
        origin = settings.publicOrigin.hasSuffix("/") ? String(settings.publicOrigin.dropLast()) : settings.publicOrigin
    }

    func confirm(_ token: OpaqueToken) -> String { "\(origin)/sign-up/confirm?token=\(token.secret.revealed)" }
    func reset(_ token: OpaqueToken) -> String { "\(origin)/password/reset?token=\(token.secret.revealed)" }
    func changeEmail(_ token: OpaqueToken) -> String {
        "\(origin)/account/email/confirm?token=\(token.secret.revealed)"
    }
    func welcome(_ token: OpaqueToken) -> String { "\(origin)/welcome?token=\(token.secret.revealed)" }
    var forgotten: String { "\(origin)/password/forgotten" }
}
