import Endpoints
import Foundation

/// Answers with the OpenAPI document of the whole API, this endpoint included.
struct ReferenceEndpoint: Sendable {
    /// The document, as it is also kept in `docs/openapi.json`.
    let document: Data

    /// The version of the API: its first part changes when callers have to.
    static let version = "1.0.0"

    /// - Throws: when an endpoint refers to a schema that nobody declared.
    init(describing endpoints: [Endpoint], schemas: [String: Schema]) throws {
        let document = try OpenAPIDocument(
            title: "Suisha", description: Self.description, version: Self.version,
            endpoints: endpoints + Self.endpoints(Data()), schemas: schemas)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        self.document = try encoder.encode(document.json)
    }

    var endpoints: [Endpoint] { Self.endpoints(document) }

    private static func endpoints(_ document: Data) -> [Endpoint] {
        [
            endpoint("/openapi.json", id: "getOpenAPI", document),
            endpoint("/api/v1/openapi.json", id: "getReference", document),
        ]
    }

    private static func endpoint(_ path: String, id: String, _ document: Data) -> Endpoint {
        Endpoint(
            .get, path, id: id, summary: "Shows this reference, OpenAPI 3.1", access: .open,
            answers: [.json(200, "The document.", .any)]
        ) { _ in
            EndpointResponse(status: 200, body: .data(document, contentType: "application/json"))
        }
    }

    private static let description = """
        Durable jobs over HTTP. Send the server's token as `Authorization: Bearer …`. Refusals are problem documents \
        (RFC 9457) whose `type` is stable. Submissions take an `Idempotency-Key`, so they can be repeated safely.
        """
}
