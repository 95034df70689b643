package import Endpoints
import Model

/// The operations on webhooks.
package struct WebhookEndpoints: Sendable {
    let webhooks: WebhookStore

    package init(webhooks: WebhookStore) {
        self.webhooks = webhooks
    }

    /// All of them.
    package var all: [Endpoint] { [list, create, show, update, rotate, delete, test, deliveries, redeliver] }

    private static let id = Endpoint.Parameter.id("The webhook's id.")
    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/webhooks", id: "listWebhooks", summary: "Lists the webhooks, the oldest first",
            access: .needs(.webhooksRead), rateClass: .read,
            answers: [.json(200, "All of them.", .named("WebhookPage"))]
        ) { request in
            try .json(200, Page(items: try await webhooks.webhooks(in: request.principal.workspace), next: nil))
        }
    }

    private var create: Endpoint {
        Endpoint(
            .post, "/api/v1/webhooks", id: "createWebhook", summary: "Tells an address of events from now on",
            description: """
                Deliveries are signed as Standard Webhooks has it, with the `secret` of the answer, which is shown this once: \
                check `webhook-signature` over `webhook-id`, `webhook-timestamp` and the body, refuse old times, and \
                remember ids. What is not answered with 2xx is sent again, ten times over about three days; then the \
                webhook is turned off. \(Self.reference)
                """,
            access: .needs(.webhooksWrite), rateClass: .workspaceWrite, audit: .own("webhook.created"),
            accepts: [.body(NewWebhookBody.self)],
            answers: [.json(201, "The webhook with its secret.", .named("Webhook"))],
            problems: [.conflict, .unprocessable]
        ) { request in
            let body = try request.json(NewWebhookBody.self)
            let new = try await webhooks.create(
                url: body.url.value, events: body.events.values.map(\.value), by: Caller(request))
            return try .json(201, WebhookDocument(new.webhook, secret: new.secret.revealed))
        }
    }

    private var show: Endpoint {
        Endpoint(
            .get, "/api/v1/webhooks/{id}", id: "getWebhook", summary: "Shows a webhook",
            access: .needs(.webhooksRead), rateClass: .read, parameters: [Self.id],
            answers: [.json(200, "The webhook.", .named("Webhook"))], problems: [.notFound]
        ) { request in
            try .json(200, try await webhooks.webhook(request.id(), in: request.principal.workspace))
        }
    }

    private var update: Endpoint {
        Endpoint(
            .put, "/api/v1/webhooks/{id}", id: "updateWebhook", summary: "Replaces a webhook; turns it on or off",
            description: "One that is turned on goes on with what waits.", access: .needs(.webhooksWrite),
            rateClass: .workspaceWrite, audit: .own("webhook.updated"),
            parameters: [Self.id],
            accepts: [.body(WebhookBody.self)],
            answers: [.json(200, "The webhook as it is now.", .named("Webhook"))],
            problems: [.notFound, .unprocessable]
        ) { request in
            let body = try request.json(WebhookBody.self)
            return try .json(
                200,
                try await webhooks.update(
                    request.id(), url: body.url.value, events: body.events.values.map(\.value), isEnabled: body.enabled,
                    by: Caller(request)))
        }
    }

    private var rotate: Endpoint {
        Endpoint(
            .post, "/api/v1/webhooks/{id}/rotate", id: "rotateWebhookSecret", summary: "Gives a webhook a new secret",
            description: "The earlier one signs as well for a day.", access: .needs(.webhooksWrite),
            rateClass: .workspaceWrite, audit: .own("webhook.secret_rotated"),
            parameters: [Self.id],
            answers: [.json(200, "The webhook with its new secret.", .named("Webhook"))], problems: [.notFound]
        ) { request in
            let new = try await webhooks.rotateSecret(of: request.id(), by: Caller(request))
            return try .json(200, WebhookDocument(new.webhook, secret: new.secret.revealed))
        }
    }

    private var delete: Endpoint {
        Endpoint(
            .delete, "/api/v1/webhooks/{id}", id: "deleteWebhook", summary: "Removes a webhook with its deliveries",
            access: .needs(.webhooksWrite), rateClass: .workspaceWrite, audit: .own("webhook.removed"),
            parameters: [Self.id],
            answers: [.init(204, "Done.")],
            problems: [.notFound]
        ) { request in
            try await webhooks.remove(request.id(), by: Caller(request))
            return .init(status: 204)
        }
    }

    private var test: Endpoint {
        Endpoint(
            .post, "/api/v1/webhooks/{id}/test", id: "testWebhook", summary: "Sends an event that means nothing",
            access: .needs(.webhooksWrite), rateClass: .workspaceWrite, audit: .entry("webhook.tested"),
            parameters: [Self.id],
            answers: [.init(202, "It is on its way.")],
            problems: [.notFound, .conflict]
        ) { request in
            try await webhooks.test(request.id(), by: Caller(request))
            return .init(status: 202)
        }
    }

    private var deliveries: Endpoint {
        Endpoint(
            .get, "/api/v1/webhooks/{id}/deliveries", id: "listWebhookDeliveries",
            summary: "Lists the deliveries of a webhook, the newest first",
            description: "Those that ended are kept for 30 days.", access: .needs(.webhooksRead), rateClass: .read,
            parameters: [Self.id] + EndpointRequest.pageParameters(usual: 50),
            answers: [.json(200, "One page of them.", .named("WebhookDeliveryPage"))],
            problems: [.notFound, .invalidRequest, .unprocessable]
        ) { request in
            let limit = try request.pageLimit(usual: 50)
            let page = try await webhooks.deliveries(
                of: request.id(), in: request.principal.workspace, before: request.idPosition(),
                limit: limit + 1)
            return try .json(200, request.page(of: page, limit: limit, position: { $0.id.description }, { $0 }))
        }
    }

    private var redeliver: Endpoint {
        Endpoint(
            .post, "/api/v1/webhooks/{id}/deliveries/{delivery}/redeliver", id: "redeliverWebhook",
            summary: "Sends a delivery again",
            description: "Under the same id, so that a receiver that has it knows.", access: .needs(.webhooksWrite),
            rateClass: .workspaceWrite, audit: .own("webhook.redelivered"),
            parameters: [
                Self.id, .init(.path, "delivery", .string(pattern: "^[a-z]{1,20}_[0-9a-f]{32}$"), "The delivery's id."),
            ],
            answers: [.init(202, "It is on its way.")], problems: [.notFound, .conflict]
        ) { request in
            try await webhooks.redeliver(request.id("delivery"), of: request.id(), by: Caller(request))
            return .init(status: 202)
        }
    }

    private static var reference: String {
        "The types: " + WebhookEvent.types.map { "`\($0.name)`" }.joined(separator: ", ") + "."
    }
}

/// The JSON form of a webhook to make.
private struct NewWebhookBody: Decodable, Documented {
    let url: Text<1, 2_000>
    let events: Many<Formed<EventPattern>, 1, 50>

    static let meanings = [
        "url": "Where to send: `https://…`.",
        "events": "Of what: types such as `job.failed`, all of a kind as `job.*`, or `*`.",
    ]
}

/// The JSON form of a webhook to replace.
private struct WebhookBody: Decodable, Documented {
    let url: Text<1, 2_000>
    let events: Many<Formed<EventPattern>, 1, 50>
    let enabled: Bool

    static let meanings = NewWebhookBody.meanings.merging(["enabled": "Whether it is on."]) { first, _ in first }
}

/// A webhook with the secret that is shown once.
private struct WebhookDocument: Encodable, Sendable {
    let webhook: Webhook
    let secret: String

    private enum CodingKeys: String, CodingKey {
        case secret
    }

    init(_ webhook: Webhook, secret: String) {
        self.webhook = webhook
        self.secret = secret
    }

    func encode(to encoder: any Encoder) throws {
        try webhook.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(secret, forKey: .secret)
    }
}

/// A type of events, or several.
private enum EventPattern: TextForm {
    static let pattern = #"^(\*|[a-z]+\.(\*|[a-z_]+))$"#
    static let rule = "must be a type of events such as job.failed, all of a kind as job.*, or *"
    static let example = "job.*"

    static func isMet(by text: String) -> Bool { WebhookEvent.isPattern(text) }
}
