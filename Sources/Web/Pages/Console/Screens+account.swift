import Endpoints
import Model

extension Screens {
    /// What is a person's own: the password, the second factor, where they are signed in.
    var account: Screen {
        Screen("/account", "getAccount", .account, title: "nav_account") { request, texts in
            let account: AccountDocumentView = try await operations.read("getAccount", for: request)
            let sessions: PageList<SessionDocumentView> = try await operations.items("listSessions", for: request)
            let providers: PageList<ProviderDocumentView> = try await operations.items("listProviders", for: request)
            return [
                "account": account,
                "sessions": sessions.items.map { session in
                    [
                        "session": session, "method": texts.label("method", session.method),
                        "browser": Self.browser(session.client) ?? session.client,
                    ] as [String: Any]
                },
                "hasOthers": sessions.items.count > 1,
                "providers": providers.items.map {
                    ["id": $0.id, "label": texts("account_link", ["name": $0.name])]
                },
                "hasProviders": !providers.items.isEmpty,
                "codesLeft": texts("account_codes_left", ["n": String(account.recoveryCodesLeft)]),
            ]
        }
    }

    /// The name of a browser in what it says of itself; the first that fits, because each also claims to be those behind it.
    private static func browser(_ client: String) -> String? {
        let browsers = [
            ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
        ]
        let systems = [
            ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
            ("Mac OS", "macOS"), ("Linux", "Linux"),
        ]
        guard let browser = browsers.first(where: { client.contains($0.0) })?.1 else { return nil }
        return [browser, systems.first { client.contains($0.0) }?.1].compactMap { $0 }.joined(separator: " · ")
    }
}

private struct AccountDocumentView: Decodable {
    let id: String
    let email: String
    let name: String
    let secondFactor: Bool
    let recoveryCodesLeft: Int
    let createdAt: PageTime
}

private struct SessionDocumentView: Decodable {
    let id: String
    let client: String
    let address: String
    let method: String
    let isCurrent: Bool
    let signedInAt: PageTime
    let lastSeenAt: PageTime
}

private struct ProviderDocumentView: Decodable {
    let id: String
    let name: String
}
