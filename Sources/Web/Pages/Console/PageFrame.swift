import Endpoints
import Foundation
import Model
import Tenancy

/// What is around every page of somebody who is signed in: the navigation, the workspaces, what was just done.
///
/// Which workspace a page is about stands in a cookie, not in its address, because pictures, videos and event streams of a
/// page come from the API, and a browser sends no header of ours with them. What an address could do better, two tabs in two
/// workspaces, is made safe otherwise: every form and every call of a script says which workspace its page shows, and is
/// refused in another.
struct PageFrame: Sendable {
    let operations: PageOperations
    let renderer: PageRenderer
    let language: @Sendable (EndpointRequest) -> PageLanguage
    /// Whether cookies are only for encrypted connections.
    let isSecure: Bool

    init(operations: PageOperations, renderer: PageRenderer, isSecure: Bool) {
        self.operations = operations
        self.renderer = renderer
        self.isSecure = isSecure
        language = {
            PageLanguage(cookies: $0.headers["cookie"], acceptLanguage: $0.headers["accept-language"])
        }
    }

    func texts(_ request: EndpointRequest) -> PageTexts { renderer.texts(language(request)) }

    /// Who reads a page, and what is around it.
    ///
    /// - Parameters:
    ///   - path: for the way back after a switch.
    ///   - section: the path of the entry of the navigation that the page belongs to.
    func reader(
        of request: EndpointRequest, at path: String, section: String? = nil
    ) async throws -> PageRenderer.Reader {
        var reader = PageRenderer.Reader(
            language: language(request), theme: PageTheme(cookies: request.headers["cookie"]), path: path,
            isSignedIn: !request.principal.permissions.isEmpty)
        guard reader.isSignedIn else { return reader }
        let texts = texts(request)
        reader.workspace = request.principal.workspace.description
        reader.navigation = PageNavigation.groups(for: request.principal, operations, section ?? path, texts)
        reader.workspaces = try await workspaces(of: request)
        reader.allowed = Set(PageForms.all.map(\.operation).filter { operations.admits(request.principal, to: $0) })
        reader.notice = request.query["done"].flatMap { texts.words["done_\($0)"] }
        return reader
    }

    private func workspaces(of request: EndpointRequest) async throws -> [WorkspaceChoice] {
        let mine: PageList<MyWorkspaceDocument> = try await operations.items("listWorkspaces", for: request)
        return mine.items.map(\.workspace).sorted { $0.name < $1.name }.map {
            WorkspaceChoice(id: $0.id, name: $0.name, isCurrent: $0.id == request.principal.workspace.description)
        }
    }

    /// Refuses what was sent from a page of another workspace: another tab has chosen one since.
    func check(_ fields: [String: String], of request: EndpointRequest) throws {
        guard let shown = fields["workspace"], shown != request.principal.workspace.description else { return }
        throw Problem(
            .conflict, "This page shows another workspace than the one that you have chosen since. Load it again.",
            field: "workspace")
    }

    /// A page that says why something was refused, with the way back.
    func problem(_ problem: Problem, back: String, for request: EndpointRequest) async throws -> EndpointResponse {
        operations.audit.note(problem, of: request.operation, by: Caller(request))
        let texts = texts(request)
        let title = texts.words["problem_\(problem.kind.name)"] ?? problem.kind.title
        return renderer.page(
            .problem, title: title, for: try await reader(of: request, at: back), status: problem.kind.status,
            [
                "status": String(problem.kind.status), "detail": problem.detail, "request": request.requestID,
                "back": back,
            ])
    }

    /// A page with what is shown once and never again.
    func revelation(
        of operation: String, _ members: [(name: String, value: JSONTree)], back: String, for request: EndpointRequest
    ) async throws -> EndpointResponse {
        let texts = texts(request)
        let reader = try await reader(of: request, at: back)
        let shown: [[String: Any]] = members.map { name, value in
            var lines: [String] = []
            switch value {
            case .string(let text): lines = [text]
            case .array(let values): lines = values.compactMap { if case .string(let text) = $0 { text } else { nil } }
            default: break
            }
            // An invitation is a link; whoever has it need not know of tokens.
            if operation == "createInvite" { lines = lines.map { "/invite?token=\($0)" } }
            return [
                "label": texts("reveal_\(operation)_\(name)"), "secret": lines.joined(separator: "\n"),
                "isAddress": operation == "createInvite",
            ]
        }
        return renderer.page(
            .revelation, title: texts("done_\(operation)"), for: reader,
            ["shown": shown, "back": back, "confirms": operation == "beginSecondFactor"])
    }

    /// The `Set-Cookie` header of a choice that lasts a year.
    func cookie(_ name: String, _ value: String) -> String {
        "\(name)=\(value); Path=/; SameSite=Lax; Max-Age=31536000\(isSecure ? "; Secure" : "")"
    }
}

/// A workspace in the switch.
struct WorkspaceChoice: Sendable {
    let id: String
    let name: String
    let isCurrent: Bool
}

/// A workspace as the API lists it.
struct MyWorkspaceDocument: Decodable {
    let workspace: WorkspaceDocument
    let role: String
}

/// A workspace as the API shows it.
struct WorkspaceDocument: Decodable {
    let id: String
    let name: String
    let slug: String
    let plan: String
    let state: String
    let createdAt: PageTime
    let purgeAt: PageTime?
    let reason: String?
}
