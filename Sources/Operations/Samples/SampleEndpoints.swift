package import Endpoints
import Model

/// The operations that show what is going on, for whoever runs the server.
package struct SampleEndpoints: Sendable {
    private let sampling: SamplingService

    package init(_ sampling: SamplingService) {
        self.sampling = sampling
    }

    /// All of them.
    package var all: [Endpoint] { [series, live, nodes, showSampling, changeSampling] }

    private static let node = Endpoint.Parameter(
        .query, "node", .string(maximumLength: 200, pattern: "^[^\\u0000]*$"),
        "Only this node, by the name that `/api/v1/operations/nodes` gives; else all of them together.")

    private var series: Endpoint {
        Endpoint(
            .get, "/api/v1/operations/samples", id: "getSamples",
            summary: "Shows how the server and its queues did over a time",
            description: """
                Every node measures each second. Seconds are kept for an hour, minutes for a week and hours for a quarter \
                unless the configuration says otherwise. The answer has at most \(SampleHistory.maximumStretches) stretches, \
                each of one or several of them; percentiles are taken over all values of a stretch and of all nodes.
                """,
            access: .needs(.operate), rateClass: .read,
            parameters: [
                .init(
                    .query, "from", .string(format: "date-time"),
                    "From then on; a quarter of an hour before `to` unless told."),
                .init(.query, "to", .string(format: "date-time"), "Before then; now unless told."),
                .init(
                    .query, "resolution", .string(values: ["auto"] + Resolution.allCases.map(\.rawValue)),
                    "What the stretches are made of; `auto`, the finest that is kept and suits the time, unless told."),
                Self.node,
            ],
            answers: [.json(200, "The stretches.", .named("OperationsSeries"))],
            problems: [.invalidRequest, .unprocessable]
        ) { request in
            let query = try SampleQuery(request, now: sampling.now)
            return try .json(200, SampleSeriesDocument(series: try await sampling.history.series(query)))
        }
    }

    private var live: Endpoint {
        Endpoint(
            .get, "/api/v1/operations/samples/live", id: "followSamples",
            summary: "Follows the server live, each second",
            description: """
                Server-sent events of the type `operations:sample`; each has an OperationsSample as its data and an id to \
                resume from for some minutes. First comes the newest second, then each new one: at once where there is one \
                node or one was asked for that answers itself, else four seconds late, when the others' are there. The \
                stream ends with `reconnect` when the server stops. While sampling is off nothing comes.
                """,
            access: .needs(.operate), rateClass: .read,
            parameters: [
                Self.node,
                .init(
                    .header, "Last-Event-ID", .string(pattern: "^[0-9]{1,12}$"),
                    "The id of the last event that is known; browsers send it when they reconnect."),
            ],
            answers: [.init(200, "The events.", [.init("text/event-stream", .any)])],
            problems: [.invalidRequest]
        ) { request in
            let last = request.headers["last-event-id"].flatMap { Int64($0) }
            let feed = SampleFeed(
                sampling: sampling, node: try request.node,
                after: last.map { Timestamp(microseconds: $0 * 1_000_000) })
            return EndpointResponse(status: 200, body: .events(feed))
        }
    }

    private var nodes: Endpoint {
        Endpoint(
            .get, "/api/v1/operations/nodes", id: "listNodes",
            summary: "Lists the processes that measure, and those that did",
            access: .needs(.operate), rateClass: .read,
            answers: [.json(200, "The nodes, by name.", .named("OperationsNodes"))]
        ) { _ in
            let own = sampling.name
            return try .json(
                200, NodeList(items: try await sampling.nodes().map { .init(status: $0, isThis: $0.name == own) }))
        }
    }

    private var showSampling: Endpoint {
        Endpoint(
            .get, "/api/v1/operations/sampling", id: "getSampling", summary: "Shows whether this process measures",
            access: .needs(.operate), rateClass: .read,
            answers: [.json(200, "The switch.", Schema(of: SamplingSwitch.self))]
        ) { _ in try .json(200, SamplingSwitch(on: sampling.isOn)) }
    }

    private var changeSampling: Endpoint {
        Endpoint(
            .put, "/api/v1/operations/sampling", id: "setSampling", summary: "Turns measuring off or on",
            description: "For this process alone, until it ends. `operations.sampling` says how it starts.",
            access: .needs(.operate), idempotency: .unused, audit: .entry("sampling.changed"),
            accepts: [.body(SamplingSwitch.self)],
            answers: [.json(200, "The switch as it is now.", Schema(of: SamplingSwitch.self))]
        ) { request in
            sampling.turn(on: try request.json(SamplingSwitch.self).on)
            return try .json(200, SamplingSwitch(on: sampling.isOn))
        }
    }

    private struct SamplingSwitch: Codable, Documented, Sendable {
        let on: Bool

        static let meanings = ["on": "Whether this process measures each second."]
    }

    private struct NodeList: Encodable {
        let items: [Item]

        struct Item: Encodable {
            let status: NodeStatus
            let isThis: Bool

            func encode(to encoder: any Encoder) throws {
                try status.encode(to: encoder)
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(isThis, forKey: .isThis)
            }

            private enum CodingKeys: String, CodingKey {
                case isThis = "this"
            }
        }
    }
}

extension EndpointRequest {
    /// The node that the query names; nil for all.
    fileprivate var node: String? {
        get throws {
            guard let name = query["node"], !name.isEmpty else { return nil }
            guard name.count <= 200 else {
                throw Problem(.unprocessable, "No node has a name of more than 200 characters.", field: "node")
            }
            return name
        }
    }
}

extension SampleQuery {
    /// Reads the query.
    ///
    /// - Throws: `Problem` for times that cannot be read, or that lie the wrong way round.
    fileprivate init(_ request: EndpointRequest, now: Timestamp) throws {
        func time(_ name: String) throws -> Timestamp? {
            guard let text = request.query[name] else { return nil }
            guard let time = Timestamp(text) else {
                throw Problem(
                    .unprocessable, "The parameter '\(name)' must be a time like 2026-03-01T12:00:00Z.", field: name)
            }
            return time
        }
        let end = min(try time("to") ?? now, now + .seconds(60))
        let from = try time("from") ?? end + .seconds(-900)
        guard from < end else {
            throw Problem(.unprocessable, "The parameter 'from' must lie before 'to' and before now.", field: "from")
        }
        self.init(
            from: from, end: end, resolution: request.query["resolution"].flatMap(Resolution.init),
            node: try request.node)
    }
}
