import Endpoints
import Live

/// What live connections stand on.
struct LiveParts: Sendable {
    let hub: LiveHub
    let tickets: LiveTickets

    var endpoints: [Endpoint] { LiveEndpoints(hub: hub, tickets: tickets).all }
    var door: LiveDoor { LiveDoor(tickets: tickets) }
}
