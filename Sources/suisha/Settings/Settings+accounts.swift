import Foundation
import Model
import Tenancy

/// Settings about people and their workspaces.
extension Settings {
    static let signUp = Setting(
        "accounts.sign_up", .choice(AccountSettings.SignUp.self), default: .text("invite-only"),
        "Who may make an account: everybody, whoever has been invited, or nobody. The first one is made by a printed link."
    )
    static let keyFile = Setting(
        "accounts.key_file", .path, default: .derived(shown: "`keys` in the data folder") { try $0.inData("keys") },
        """
        The file with the key that encrypts secrets in the database, made at the first start; all servers on one database \
        need the same. To replace the key, put a new one on a line above it.
        """)
    static let plansFile = Setting(
        "accounts.plans", .path,
        "A JSON file with the plans of workspaces instead of the built-in ones; docs/accounts.md describes it.")
    static let mailURL = Setting(
        "mail.url", .url(schemes: ["log", "file", "smtp", "smtps"]),
        default: .derived(shown: "`file://` and `mail` in the data folder") {
            URL(filePath: try $0.inData("mail"), directoryHint: .isDirectory).absoluteString
        },
        """
        Where letters go: smtp://user:password@host?from=suisha@example.com (smtps:// when encrypted from the start), \
        file:///folder, or log: for the log, which then holds their links.
        """)
    static let googleClientID = Setting(
        "oidc.google_client_id", .text("a client id"), "Lets people sign in with Google; from Google's console.")
    static let googleClientSecret = Setting("oidc.google_client_secret", .secret, "The secret of that client.")
    static let oidcIssuer = Setting(
        "oidc.issuer", .httpAddress,
        "Lets people sign in at this issuer of OpenID Connect, exactly as its tokens name it.")
    static let oidcName = Setting(
        "oidc.name", .text("a name"), default: .text("Single sign-on"), "What its button is called.")
    static let oidcClientID = Setting("oidc.client_id", .text("a client id"), "What that issuer calls this server.")
    static let oidcClientSecret = Setting("oidc.client_secret", .secret, "The secret of that client, if it has one.")
    static let oidcVouches = Setting(
        "oidc.vouches", .choice(Switch.self), default: .text("off"),
        "On for an issuer of the organisation's own, whose word is taken that an e-mail address is the person's.")
    static let sessionCache = Setting(
        "cache.sessions", .choice(Switch.self),
        default: .derived(shown: "`on`, or `off` with DISABLE_SESSION_CACHE=1") { _ in
            unlessDisabled("DISABLE_SESSION_CACHE")
        },
        "Whether sessions, keys and rights are remembered; off, every request asks the database.")
    static let workspaceCache = Setting(
        "cache.workspaces", .choice(Switch.self),
        default: .derived(shown: "`on`, or `off` with DISABLE_WORKSPACE_CACHE=1") { _ in
            unlessDisabled("DISABLE_WORKSPACE_CACHE")
        },
        "Whether documents of workspaces are remembered; off, every read asks the database.")

    private static func unlessDisabled(_ variable: String) -> String {
        let value = ProcessInfo.processInfo.environment[variable]?.lowercased() ?? ""
        return ["", "0", "false", "off", "no"].contains(value) ? "on" : "off"
    }

    static let accounts: [SettingDeclaration] = [
        signUp.declaration, keyFile.declaration, plansFile.declaration, mailURL.declaration,
        googleClientID.declaration, googleClientSecret.declaration, oidcIssuer.declaration, oidcName.declaration,
        oidcClientID.declaration, oidcClientSecret.declaration, oidcVouches.declaration,
        sessionCache.declaration, workspaceCache.declaration,
    ]
}
