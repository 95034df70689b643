import HTTPTypes
import NIOCore

/// Finds out from which network address a request comes.
///
/// Anybody can write `X-Forwarded-For`, so it is believed only as far as our own proxies wrote it: from its end, each entry
/// was added by the hop behind it, and the first hop that is not ours is the client.
struct ClientAddress: Sendable {
    /// The networks of our own proxies.
    let trusted: [NetworkRange]

    /// Whose calls count together: an IPv4 address, or the /64 of an IPv6 address, which one customer has for itself.
    func counted(_ request: HTTPRequest, peer: SocketAddress?) -> String {
        guard let peer = peer.flatMap(NetworkAddress.init) else { return "local" }
        return client(request, peer: peer).network
    }

    /// The address itself, for people.
    func shown(_ request: HTTPRequest, peer: SocketAddress?) -> String {
        guard !trusted.isEmpty else { return peer?.ipAddress ?? "" }
        return peer.flatMap(NetworkAddress.init).map { client(request, peer: $0).text } ?? ""
    }

    private func client(_ request: HTTPRequest, peer: NetworkAddress) -> NetworkAddress {
        guard !trusted.isEmpty else { return peer }
        let hops = request.headerFields[values: .forwardedFor].joined(separator: ",").split(separator: ",").reversed()
        var client = peer
        for hop in hops {
            guard trusted.contains(where: { $0.contains(client) }), let next = NetworkAddress(hop.filter { $0 != " " })
            else { break }
            client = next
        }
        return client
    }
}

extension HTTPField.Name {
    static let forwardedFor = Self("X-Forwarded-For")!  // A valid token.
}
