package import Endpoints
import Foundation
import Model

/// The operations on documents.
package struct DocumentEndpoints: Sendable {
    let documents: DocumentStore

    package init(documents: DocumentStore) {
        self.documents = documents
    }

    /// All of them.
    package var all: [Endpoint] { [list, show, put, delete] }

    private static let name = Endpoint.Parameter(
        .path, "name", .string(pattern: "^[a-z0-9_-][a-z0-9._-]{0,99}$"), "1 to 100 of a-z, 0-9, `-`, `_` and `.`.")
    private static let ifMatch = Endpoint.Parameter(
        .header, "If-Match", .string(), "The ETag of the version that is meant, or `*` for any.")
    private static let ifNoneMatch = Endpoint.Parameter(
        .header, "If-None-Match", .string(), "`*`: only if it is not there yet.")

    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/documents", id: "listDocuments", summary: "Lists the documents, by name",
            access: .needs(.documentsRead), rateClass: .read, parameters: EndpointRequest.pageParameters(usual: 50),
            answers: [.json(200, "One page of them, without their contents.", .named("DocumentPage"))],
            problems: [.invalidRequest, .unprocessable]
        ) { request in
            let limit = try request.pageLimit(usual: 50)
            let page = try await documents.documents(
                in: request.principal.workspace, after: try request.pagePosition(), limit: limit + 1)
            return try .json(200, request.page(of: page, limit: limit, position: { $0.name }, { $0 }))
        }
    }

    private var show: Endpoint {
        Endpoint(
            .get, "/api/v1/documents/{name}", id: "getDocument", summary: "Gives a document",
            description: """
                The answer is at most a minute old. Its `ETag` is the version; sent as `If-None-Match`, an unchanged document \
                is answered with 304 and no body.
                """,
            access: .needs(.documentsRead), rateClass: .read,
            parameters: [
                Self.name, .init(.header, "If-None-Match", .string(), "ETags that you have already."),
            ],
            answers: [.json(200, "The content.", .any), .init(304, "You have it already.")], problems: [.notFound]
        ) { request in
            let document = try await documents.document(
                request.path["name"] ?? "", in: request.principal.workspace)
            if request.has(document.entityTag) {
                return EndpointResponse(status: 304, headers: Self.headers(document))
            }
            return EndpointResponse(
                status: 200, headers: Self.headers(document),
                body: .data(Data(document.content.text.utf8), contentType: "application/json"))
        }
    }

    private var put: Endpoint {
        Endpoint(
            .put, "/api/v1/documents/{name}", id: "putDocument", summary: "Makes a document, or replaces it",
            description:
                "Replacing takes `If-Match`, so that of two people who change it at once none overwrites the other.",
            access: .needs(.documentsWrite), rateClass: .workspaceWrite, audit: .own("document.updated"),
            parameters: [Self.name, Self.ifMatch, Self.ifNoneMatch],
            accepts: [.json(.any)],
            answers: [
                .json(200, "The version that it has now.", .named("DocumentVersion")),
                .json(201, "It is new.", .named("DocumentVersion")),
            ],
            problems: [.preconditionFailed, .preconditionRequired, .tooLarge, .conflict, .unprocessable]
        ) { request in
            try DocumentStore.check(request.path["name"] ?? "")
            let content = try request.json(JSONText.self)
            let document = try await documents.put(
                request.path["name"] ?? "", content, if: try request.documentCondition(), by: Caller(request))
            return try .json(
                document.version == 1 ? 201 : 200, DocumentVersion(document), headers: Self.headers(document))
        }
    }

    private var delete: Endpoint {
        Endpoint(
            .delete, "/api/v1/documents/{name}", id: "deleteDocument", summary: "Removes a document",
            access: .needs(.documentsWrite), rateClass: .workspaceWrite, audit: .own("document.removed"),
            parameters: [Self.name, Self.ifMatch],
            answers: [.init(204, "Done.")],
            problems: [.notFound, .preconditionFailed, .unprocessable]
        ) { request in
            try DocumentStore.check(request.path["name"] ?? "")
            try await documents.remove(
                request.path["name"] ?? "", if: try request.documentCondition(), by: Caller(request))
            return .init(status: 204)
        }
    }

    private static func headers(_ document: Document) -> [String: String] {
        ["ETag": document.entityTag.description, "Cache-Control": "private, no-cache"]
    }
}

/// What changed, as its writer is told.
private struct DocumentVersion: Encodable, Sendable {
    let name: String
    let version: Int64
    let updated_at: Timestamp

    init(_ document: Document) {
        name = document.name
        version = document.version
        updated_at = document.updatedAt
    }
}

extension EndpointRequest {
    /// What the headers say about the version that is meant.
    fileprivate func documentCondition() throws -> DocumentCondition? {
        if headers["if-match"] != nil { return try matchedVersion().map { .versions([$0]) } ?? .present }
        guard let header = headers["if-none-match"] else { return nil }
        guard header.trimmingSpaces == "*" else {
            throw Problem(.unprocessable, "For a change, If-None-Match can only be '*'.", field: "If-None-Match")
        }
        return .absent
    }
}
