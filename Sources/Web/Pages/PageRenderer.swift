import Endpoints
import Foundation
import HTTPTypes
import Mustache
import Tenancy

/// Turns what a page shows into HTML in the reader's language.
struct PageRenderer: Sendable {
    private let library: MustacheLibrary
    private let texts: [PageLanguage: PageTexts]
    private let version: String
    let assets: PageAssets
    /// What the sign-in page offers beside the token; nil for a server without accounts.
    private let accounts: AccountParts?

    /// A page.
    enum Template: String {
        case home, jobs, job, problem, reference, form, revelation, operations
        case workspace, members, roles, keys, webhooks, webhook, audit, account
        case signIn = "sign-in"
    }

    /// Who reads a page, and where.
    struct Reader: Sendable {
        var language: PageLanguage
        var theme: PageTheme = .automatic
        /// The path of the page, for the way back after a switch of language; nil where there is none to come back to.
        var path: String?
        var isSignedIn: Bool
        /// The workspace that the page is about.
        var workspace: String?
        var navigation: [PageNavigation.Group] = []
        /// Those that the reader can switch to.
        var workspaces: [WorkspaceChoice] = []
        /// The operations whose forms the reader may send.
        var allowed: Set<String> = []
        /// What was just done.
        var notice: String?
    }

    /// - Throws: when a template or a file of texts cannot be read: a mistake in this program.
    init(version: String, accounts: AccountParts? = nil) throws {
        self.version = version
        self.accounts = accounts
        assets = try PageAssets()
        texts = [
            .english: try PageTexts(.english, json: PackageResources.texts_en_json),
            .japanese: try PageTexts(.japanese, json: PackageResources.texts_ja_json),
        ]
        var library = MustacheLibrary()
        for (name, bytes) in Self.sources {
            try library.register(String(decoding: bytes, as: UTF8.self), named: name)
        }
        self.library = library
    }

    /// The templates by their names.
    static let sources: [String: [UInt8]] = [
        "layout": PackageResources.layout_mustache, "home": PackageResources.home_mustache,
        "job": PackageResources.job_mustache, "job-row": PackageResources.job_row_mustache,
        "jobs": PackageResources.jobs_mustache, "sign-in": PackageResources.sign_in_mustache,
        "problem": PackageResources.problem_mustache, "reference": PackageResources.reference_mustache,
        "form": PackageResources.form_mustache, "revelation": PackageResources.revelation_mustache,
        "operations": PackageResources.operations_mustache, "workspace": PackageResources.workspace_mustache,
        "members": PackageResources.members_mustache, "roles": PackageResources.roles_mustache,
        "keys": PackageResources.keys_mustache, "webhooks": PackageResources.webhooks_mustache,
        "webhook": PackageResources.webhook_mustache, "audit": PackageResources.audit_mustache,
        "account": PackageResources.account_mustache, "time": PackageResources.time_mustache,
        "scope": PackageResources.scope_mustache,
    ]

    func texts(_ language: PageLanguage) -> PageTexts {
        // Both languages are there since init.
        texts[language]!
    }

    /// - Parameter fields: what the template shows beside the frame of every page.
    func page(
        _ template: Template, title: String, for reader: Reader, status: Int = 200, _ fields: [String: Any]
    ) -> EndpointResponse {
        let texts = texts(reader.language)
        var frame: [String: Any] = [
            "language": reader.language.rawValue, "otherLanguage": reader.language.other.rawValue,
            "here": Self.queryEncoded(reader.path ?? "/"), "signedIn": reader.isSignedIn, "text": texts.words,
            "scriptTexts": texts.forScripts, "title": title, "version": version, "asset": assets.paths,
            "theme": reader.theme.rawValue, "navigation": reader.navigation, "workspaces": reader.workspaces,
            "hasWorkspaces": !reader.workspaces.isEmpty,
            "can": Dictionary(uniqueKeysWithValues: reader.allowed.map { ($0, true) }),
            "themes": PageTheme.allCases.map { theme in
                [
                    "value": theme.rawValue, "label": texts("theme_\(theme.rawValue)"),
                    "isCurrent": theme == reader.theme,
                ]
                    as [String: Any]
            },
        ]
        frame["workspace"] = reader.workspace
        frame["notice"] = reader.notice
        let html = library.render(frame.merging(fields) { $1 }, withTemplate: template.rawValue) ?? ""
        return EndpointResponse(
            status: status, headers: ["Vary": "Cookie, Accept-Language"],
            body: .data(Data(html.utf8), contentType: "text/html; charset=utf-8"))
    }

    /// The page where people sign in.
    func signIn(
        for reader: Reader, code: String? = nil, next: String?, notice: String? = nil, byToken: Bool = false,
        status: Int = 200
    ) -> EndpointResponse {
        let texts = texts(reader.language)
        var fields: [String: Any] = ["next": next ?? "/", "accounts": accounts != nil && !byToken]
        fields["code"] = code
        fields["notice"] = notice
        if let accounts {
            fields["mayAsk"] = accounts.isOpen
            fields["providers"] = accounts.providers.map { provider in
                ["id": provider.id, "label": texts("sign_in_with", ["name": provider.name])]
            }
        }
        var reader = reader
        reader.path = "/sign-in"
        return page(.signIn, title: texts("sign_in_title"), for: reader, status: status, fields)
    }

    /// Says no to people: the unknown may sign in, others learn what is wrong.
    ///
    /// - Parameter reader: nil where nobody knows who reads it.
    func refusal(
        _ problem: Problem, for reader: Reader? = nil, path: String?, headers: HTTPFields, requestID: String
    ) -> Reply {
        let cookies = headers[values: .cookie].joined(separator: "; ")
        let language = PageLanguage(cookies: cookies, acceptLanguage: headers[.acceptLanguage])
        let reader =
            reader ?? Reader(language: language, theme: PageTheme(cookies: cookies), path: path, isSignedIn: false)
        let response: EndpointResponse
        if problem.kind == .unauthenticated {
            response = signIn(for: reader, next: path, status: 401)
        } else {
            let texts = texts(language)
            let title = texts.words["problem_\(problem.kind.name)"] ?? problem.kind.title
            response = page(
                .problem, title: title, for: reader, status: problem.kind.status,
                ["status": String(problem.kind.status), "detail": problem.detail, "request": requestID])
        }
        var reply = Reply(response)
        reply.headers.add(problem)
        return reply
    }

    private static func queryEncoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(.init(charactersIn: "/-._~"))) ?? "/"
    }
}
