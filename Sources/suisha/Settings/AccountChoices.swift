import Foundation
import Logging
import Model
import Tenancy

extension ServerSettings {
    /// How people come to have accounts, and what workspaces can be given.
    struct Accounts: Sendable {
        var signUp: AccountSettings.SignUp
        /// Encrypts what the database keeps and the server has to read again. Read and made through ``TokenFile``.
        var keyFile: URL
        var plans: PlanCatalog
        var mail: Mail
        var providers: [IdentityProvider]
        var remembersSessions: Bool
        var remembersDocuments: Bool
    }

    /// Where letters go.
    enum Mail: Sendable {
        case log
        case folder(URL)
        case server(SMTPSettings)

        var transport: any MailTransport {
            switch self {
            case .log: LogMailTransport(logger: Logger(label: "suisha.mail"))
            case .folder(let folder): FolderMailTransport(folder: folder)
            case .server(let settings): SMTPTransport(settings)
            }
        }
    }

    /// What accounts are told: links in letters lead to the public origin, or to this machine.
    var accountSettings: AccountSettings {
        var settings = AccountSettings()
        settings.signUp = accounts.signUp
        let host = ["0.0.0.0", "::", ""].contains(http.host) ? "127.0.0.1" : http.host
        settings.publicOrigin =
            http.publicOrigin?.absoluteString
            ?? "http://\(host.contains(":") ? "[\(host)]" : host):\(http.port)"
        return settings
    }
}

extension ServerSettings.Accounts {
    init(_ settings: EffectiveSettings) throws {
        signUp = try settings.value(Settings.signUp)
        keyFile = try settings.value(Settings.keyFile)
        plans = try Self.plans(settings)
        mail = try Self.mail(settings)
        providers = try Self.providers(settings)
        remembersSessions = try settings.value(Settings.sessionCache) == .on
        remembersDocuments = try settings.value(Settings.workspaceCache) == .on
    }

    /// The file of plans: `{"plans": [...], "initial": "free"}`.
    private struct PlansFile: Decodable {
        let plans: [Plan]
        let initial: String?
    }

    private static func plans(_ settings: EffectiveSettings) throws -> PlanCatalog {
        guard let file = try settings.optional(Settings.plansFile) else { return .standard }
        let place = settings.place(Settings.plansFile)
        do {
            let content = try JSONDecoder().decode(PlansFile.self, from: Data(contentsOf: file))
            return try PlanCatalog(content.plans, initial: content.initial ?? content.plans.first?.name ?? "")
        } catch {
            throw SettingError("\(place): the plans in \(file.path) cannot be used: \(error.reason)")
        }
    }

    private static func mail(_ settings: EffectiveSettings) throws -> ServerSettings.Mail {
        let url = try settings.value(Settings.mailURL)
        switch url.revealed.prefix(while: { $0 != ":" }).lowercased() {
        case "log": return .log
        case "file":
            guard let folder = URL(string: url.revealed), !folder.path.isEmpty else {
                throw SettingError("\(settings.place(Settings.mailURL)) names no folder, such as file:///var/mail.")
            }
            return .folder(folder)
        default:
            do {
                return .server(try SMTPSettings(url: url.revealed))
            } catch {
                throw SettingError("\(settings.place(Settings.mailURL)): \(error)")
            }
        }
    }

    private static func providers(_ settings: EffectiveSettings) throws -> [IdentityProvider] {
        var providers: [IdentityProvider] = []
        if let id = try settings.optional(Settings.googleClientID) {
            guard let secret = try settings.optional(Settings.googleClientSecret) else {
                throw SettingError(
                    "\(settings.place(Settings.googleClientID)) needs oidc.google_client_secret as well.")
            }
            providers.append(.google(clientID: id, clientSecret: secret))
        }
        if let issuer = try settings.optional(Settings.oidcIssuer) {
            guard let id = try settings.optional(Settings.oidcClientID) else {
                throw SettingError("\(settings.place(Settings.oidcIssuer)) needs oidc.client_id as well.")
            }
            providers.append(
                IdentityProvider(
                    id: "sso", name: try settings.value(Settings.oidcName), issuer: issuer.absoluteString, clientID: id,
                    clientSecret: try settings.optional(Settings.oidcClientSecret),
                    vouching: try settings.value(Settings.oidcVouches) == .on ? .all : .none))
        }
        return providers
    }
}

/// On or off.
enum Switch: String, CaseIterable, Sendable {
    case on, off
}
