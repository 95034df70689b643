import Endpoints
import Model
import Tenancy

/// Turns what this process remembers off and on while it runs, for whoever looks for a fault.
struct CacheSwitches: Sendable {
    let sessions: SessionCache
    let documents: DocumentCache

    var all: [Endpoint] { [show, change] }

    private var show: Endpoint {
        Endpoint(
            .get, "/api/v1/operator/caches", id: "getCaches", summary: "Shows which caches of this process are on",
            access: .needs(.operate), rateClass: .read,
            answers: [.json(200, "The switches.", Schema(of: Switches.self))]
        ) { _ in try .json(200, current) }
    }

    private var change: Endpoint {
        Endpoint(
            .put, "/api/v1/operator/caches", id: "setCaches", summary: "Turns caches of this process off or on",
            description:
                "For this process alone, until it ends. `cache.sessions` and `cache.workspaces` say how it starts.",
            access: .needs(.operate), idempotency: .unused, audit: .entry("caches.changed"),
            accepts: [.body(Switches.self)],
            answers: [.json(200, "The switches as they are now.", Schema(of: Switches.self))]
        ) { request in
            let wanted = try request.json(Switches.self)
            sessions.setEnabled(wanted.sessions)
            documents.setEnabled(wanted.workspaces)
            return try .json(200, current)
        }
    }

    private var current: Switches { Switches(sessions: sessions.isEnabled, workspaces: documents.isEnabled) }

    private struct Switches: Codable, Documented, Sendable {
        let sessions: Bool
        let workspaces: Bool

        static let meanings = [
            "sessions": "Whether sessions, keys and rights are remembered.",
            "workspaces": "Whether documents of workspaces are remembered.",
        ]
    }
}
