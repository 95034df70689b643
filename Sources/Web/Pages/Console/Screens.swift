import Endpoints
import Foundation
import Model

/// The pages that show what operations of the API answer. Whoever may not call the first of them does not see the page.
struct Screens: Sendable {
    let frame: PageFrame

    /// A page: the operation whose permission it needs, and what its template shows.
    struct Screen: Sendable {
        let path: String
        let operation: String
        let template: PageRenderer.Template
        let title: String
        /// The entry of the navigation that it belongs to.
        let section: String
        let load: @Sendable (EndpointRequest, PageTexts) async throws -> [String: Any]

        init(
            _ path: String, _ operation: String, _ template: PageRenderer.Template, title: String,
            section: String? = nil,
            load: @escaping @Sendable (EndpointRequest, PageTexts) async throws -> [String: Any]
        ) {
            self.path = path
            self.operation = operation
            self.template = template
            self.title = title
            self.section = section ?? path
            self.load = load
        }
    }

    var operations: PageOperations { frame.operations }

    /// One endpoint for each page whose operation this server has.
    var endpoints: [Endpoint] {
        [overview, members, roles, keys, webhooks, webhook, audit, account, live].compactMap { screen in
            operations[screen.operation].map { endpoint(of: screen, $0) }
        }
    }

    private func endpoint(of screen: Screen, _ operation: Endpoint) -> Endpoint {
        Endpoint(
            .get, screen.path, id: "show" + screen.template.rawValue.capitalized, summary: operation.summary,
            access: operation.access, idempotency: .unused, answers: []
        ) { request in
            let texts = frame.texts(request)
            let fields = try await screen.load(request, texts)
            let path = screen.path.replacing("{id}", with: request.path["id"] ?? "")
            let reader = try await frame.reader(of: request, at: path, section: screen.section)
            return frame.renderer.page(screen.template, title: texts(screen.title), for: reader, fields)
        }
    }

    /// The address of the same page with another query; empty values are left out.
    static func address(_ path: String, _ query: [String: String]) -> String {
        let pairs = query.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }
        return pairs.isEmpty ? path : path + "?" + pairs.joined(separator: "&")
    }
}
