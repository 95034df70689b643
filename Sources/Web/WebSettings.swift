package import Model
package import WebSocketServer

/// How the HTTP server listens and what it bounds.
package struct WebSettings: Sendable {
    /// The address to bind: `127.0.0.1`, `::1`, `0.0.0.0`.
    package var address: String
    /// The port to bind; 0 takes any free one.
    package var port: Int
    /// Where people reach the server when it stands behind a proxy: `https://suisha.example.com`.
    package var publicOrigin: String?
    /// Host names beside loopback, IP addresses and the public origin under which the server answers without a token.
    package var allowedHosts: Set<String>
    /// The networks of the proxies before this server; only what they say about clients' addresses is believed.
    package var trustedProxies: [NetworkRange]
    /// The longest JSON body.
    package var jsonLimit: ByteCount
    /// The longest upload.
    package var uploadLimit: ByteCount
    /// A connection that sends nothing for so long is closed, and one that reads nothing too.
    package var idleTimeout: Duration
    /// A body that arrives slower than this, on average after ``slowBodyGrace``, is refused.
    package var minimumBytesPerSecond: ByteCount
    /// How long a body may be slow.
    package var slowBodyGrace: Duration
    /// How often an event stream that has nothing to say shows that it lives.
    package var heartbeat: Duration
    /// Connections beyond this wait in the backlog of the socket.
    package var maximumConnections: Int
    /// What bounds WebSockets.
    package var sockets: WebSocketSettings
    /// How long requests under way may take to end when the server stops.
    package var shutdownLimit: Duration

    package init(
        address: String = "127.0.0.1", port: Int = 8_080, publicOrigin: String? = nil, allowedHosts: Set<String> = [],
        trustedProxies: [NetworkRange] = [], jsonLimit: ByteCount = .mebibytes(1),
        uploadLimit: ByteCount = .gibibytes(2),
        idleTimeout: Duration = .seconds(60), minimumBytesPerSecond: ByteCount = .kibibytes(1),
        slowBodyGrace: Duration = .seconds(30), heartbeat: Duration = .seconds(15), maximumConnections: Int = 10_000,
        sockets: WebSocketSettings = WebSocketSettings(), shutdownLimit: Duration = .seconds(10)
    ) {
        self.address = address
        self.port = port
        self.publicOrigin = publicOrigin
        self.allowedHosts = allowedHosts
        self.trustedProxies = trustedProxies
        self.jsonLimit = jsonLimit
        self.uploadLimit = uploadLimit
        self.idleTimeout = idleTimeout
        self.minimumBytesPerSecond = minimumBytesPerSecond
        self.slowBodyGrace = slowBodyGrace
        self.heartbeat = heartbeat
        self.maximumConnections = maximumConnections
        self.sockets = sockets
        self.shutdownLimit = shutdownLimit
    }

    /// Whether only this machine can reach the address.
    var isLoopback: Bool {
        address == "localhost" || address == "::1" || address.hasPrefix("127.")
    }
}
