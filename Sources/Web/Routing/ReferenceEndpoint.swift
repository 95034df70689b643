import Endpoints
import Foundation

/// Answers with the OpenAPI document of the whole API, this endpoint included.
struct ReferenceEndpoint: Sendable {
    private let document: Data

    /// - Throws: when an endpoint refers to a schema that nobody declared.
    init(describing endpoints: [Endpoint], schemas: [String: Schema], version: String) throws {
        let document = try OpenAPIDocument(
            title: "Suisha", description: Self.description, version: version,
            endpoints: endpoints + [Self.endpoint(Data())], schemas: schemas)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        self.document = try encoder.encode(document.json)
    }

    var endpoint: Endpoint { Self.endpoint(document) }

    private static func endpoint(_ document: Data) -> Endpoint {
        Endpoint(
            .get, "/api/v1/openapi.json", id: "getReference", summary: "Shows this reference, OpenAPI 3.1",
            access: .open, rateClass: .read, answers: [.json(200, "The document.", .any)]
        ) { _ in
            EndpointResponse(status: 200, body: .data(document, contentType: "application/json"))
        }
    }

    private static let description = """
        Durable jobs over HTTP. Send the server's token as `Authorization: Bearer …`. Refusals are problem documents \
        (RFC 9457) whose `type` is stable. Submissions take an `Idempotency-Key`, so they can be repeated safely.
        """
}
