import Endpoints
import HTTPTypes
import NIOCore

/// Under which names the server answers, and from which pages its forms may be sent.
///
/// A page elsewhere can make a browser send requests here: by its own forms and scripts, or by pointing its own name at this
/// address (DNS rebinding). The first shows in `Origin` and `Sec-Fetch-Site`, the second in `Host`.
struct HostPolicy: Sendable {
    private let names: Set<String>
    private let publicOrigin: String?

    init(settings: WebSettings) {
        var names = settings.allowedHosts.union(["localhost"])
        // As browsers write it in `Origin`: without the slash at its end.
        let origin = settings.publicOrigin.map { $0.lowercased() }.map {
            $0.hasSuffix("/") ? String($0.dropLast()) : $0
        }
        publicOrigin = origin
        if let origin, let start = origin.firstRange(of: "://")?.upperBound {
            names.insert(Self.name(String(origin[start...].prefix { $0 != "/" })))
        }
        self.names = Set(names.map { $0.lowercased() })
    }

    /// Whether sessions are only for encrypted connections.
    var isSecure: Bool { publicOrigin?.hasPrefix("https://") ?? false }

    /// Refuses a request to a name that nobody gave this server. An IP address needs no name and so cannot be rebound.
    func checkHost(_ authority: String?) throws {
        let name = Self.name(authority ?? "")
        guard names.contains(name) || Self.isAddress(name) else {
            throw Problem(
                .misdirected,
                "This server does not answer as '\(name)'. Add the name to http.allowed_hosts, or set http.public_origin."
            )
        }
    }

    /// Whether `authority` names this machine itself.
    func isLoopback(_ authority: String?) -> Bool {
        let name = Self.name(authority ?? "")
        return name == "localhost" || name == "[::1]" || (name.hasPrefix("127.") && Self.isAddress(name))
    }

    /// Refuses an unsafe request that a browser was made to send by another site.
    func checkOrigin(_ request: HTTPRequest) throws {
        guard request.method != .get && request.method != .head else { return }
        if let site = request.headerFields[.secFetchSite] {
            guard site == "same-origin" else { throw foreign }
            return
        }
        guard let origin = request.headerFields[.origin]?.lowercased(), let host = request.authority?.lowercased(),
            origin == "http://\(host)" || origin == "https://\(host)" || origin == publicOrigin
        else { throw foreign }
    }

    /// Refuses a WebSocket handshake that a browser was made to begin by another site. Programs that send no `Origin` are no
    /// browsers.
    func checkHandshake(_ request: HTTPRequest) throws {
        guard let origin = request.headerFields[.origin]?.lowercased() else { return }
        guard let host = request.authority?.lowercased(),
            origin == "http://\(host)" || origin == "https://\(host)" || origin == publicOrigin
        else { throw foreign }
    }

    private var foreign: Problem {
        Problem(.forbidden, "This request comes from another site. Programs use the header 'Authorization: Bearer'.")
    }

    /// The host without its port, in lower case.
    private static func name(_ authority: String) -> String {
        let authority = authority.lowercased()
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
        return String(authority.split(separator: ":", omittingEmptySubsequences: false).first ?? "")
    }

    private static func isAddress(_ name: String) -> Bool {
        let bare = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
        return (try? SocketAddress(ipAddress: bare, port: 0)) != nil
    }
}
