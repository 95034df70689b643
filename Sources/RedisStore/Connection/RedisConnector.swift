import Model
import NIOCore
import NIOPosix
import NIOSSL
import Storage

/// Opens connections: finds the server, encrypts, signs in, and leaves the connection ready for commands.
struct RedisConnector: Sendable {
    let settings: RedisSettings
    /// What the server's list of clients shows.
    let name: String
    /// Commands that every new connection begins with.
    var preparation: [RedisCommand] = []
    var onPush: @Sendable ([RESPValue]) -> Void = { _ in }

    /// A connection to the server, or to the present master.
    ///
    /// - Throws: `unavailable`, with what to check; `invalid` for files of TLS that cannot be read.
    func connect() async throws(StorageError) -> RedisConnection {
        switch settings.location {
        case .server(let address): return try await open(address)
        case .sentinels(let addresses, let master, let username, let password):
            var reasons: [String] = []
            // In any order, so that a sentinel that is down does not delay every attempt.
            for sentinel in addresses.shuffled() where !Task.isCancelled {
                do throws(StorageError) {
                    return try await open(locate(master, sentinel, username, password), mustBeMaster: true)
                } catch {
                    reasons.append(error.message)
                }
            }
            throw StorageError(
                .unavailable,
                "No master '\(master)' of Redis was found. \(reasons.joined(separator: " "))")
        }
    }

    private func open(
        _ address: RedisSettings.Address, mustBeMaster: Bool = false
    ) async throws(StorageError) -> RedisConnection {
        var hello: [RedisCommand.Argument] = ["HELLO", 3]
        if let password = settings.password {
            hello += ["AUTH", .text(settings.username ?? "default"), .text(password.revealed)]
        }
        var commands = [RedisCommand(hello + ["SETNAME", .text(name)])]
        if settings.database != 0 { commands.append(RedisCommand("SELECT", .integer(Int64(settings.database)))) }
        // Refused while the server loads its data, when there is no use in it yet.
        commands.append(RedisCommand("PING"))
        if mustBeMaster { commands.append(RedisCommand("ROLE")) }
        let roleAt = mustBeMaster ? commands.count - 1 : nil
        let connection = try await channel(to: address)
        do throws(StorageError) {
            let replies = try await connection.answers(commands + preparation)
            if let roleAt, replies[roleAt].array?.first?.text != "master" {
                throw StorageError(
                    .unavailable, "Redis at \(address) is a replica, not the master that it was said to be.")
            }
            return connection
        } catch {
            connection.fail(error)
            // Nothing of interest was under way, so the reason alone will do.
            throw error.underlying as? StorageError ?? error
        }
    }

    private func locate(
        _ master: String, _ sentinel: RedisSettings.Address, _ username: String?, _ password: Secret?
    ) async throws(StorageError) -> RedisSettings.Address {
        let connection = try await channel(to: sentinel)
        defer { connection.fail(.closed(connection.place)) }
        var commands: [RedisCommand] = []
        if let password {
            let user = username.map { [RedisCommand.Argument.text($0)] } ?? []
            commands.append(RedisCommand(["AUTH"] + user + [.text(password.revealed)]))
        }
        commands.append(RedisCommand("SENTINEL", "GET-MASTER-ADDR-BY-NAME", .text(master)))
        let replies = try await connection.answers(commands)
        guard let answer = replies.last?.array, let host = answer.first?.text,
            let port = answer.last?.text.flatMap(Int.init)
        else {
            throw StorageError(.unavailable, "The sentinel at \(sentinel) knows no master '\(master)': check its name.")
        }
        return .host(host, port: port)
    }

    private func channel(to address: RedisSettings.Address) async throws(StorageError) -> RedisConnection {
        do {
            let context = try await context()
            let serverName = settings.tls?.verification == .full ? address.name : nil
            let make: @Sendable (any Channel) -> EventLoopFuture<RedisConnection> = { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = RedisConnection(settings, place: "\(address)", on: channel, onPush: onPush)
                    if let context {
                        let encryption = try NIOSSLClientHandler(context: context, serverHostname: serverName)
                        try channel.pipeline.syncOperations.addHandler(encryption)
                    }
                    try channel.pipeline.syncOperations.addHandler(RedisReplyHandler(connection))
                    return connection
                }
            }
            let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.init(settings.connectTimeout))
                .channelOption(.socketOption(.so_keepalive), value: 1)
            switch address {
            case .host(let name, let port):
                return try await bootstrap.connect(host: name, port: port, channelInitializer: make)
            case .socket(let path):
                return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: make)
            }
        } catch let error as StorageError {
            throw error
        } catch {
            throw .unreachable("\(address)", error)
        }
    }

    /// Read for every connection, so that renewed certificates are used; not on the tasks' threads, because it blocks.
    private func context() async throws -> NIOSSLContext? {
        guard let tls = settings.tls else { return nil }
        return try await NIOThreadPool.singleton.runIfActive {
            do {
                return try tls.context()
            } catch {
                throw StorageError(
                    .invalid,
                    "The files for encryption to Redis cannot be used: \(error). Check 'ca', 'cert' and 'key'.",
                    underlying: error)
            }
        }
    }
}

extension RedisConnection {
    /// Sends commands of which none may be refused.
    fileprivate func answers(_ commands: [RedisCommand]) async throws(StorageError) -> [RESPValue] {
        let replies = try await send(commands)
        for case .error(let text) in replies { throw .reply(text, place) }
        return replies
    }
}

extension RedisSettings.Address {
    /// The name that a certificate must bear; nil for numeric addresses, which are compared as such.
    fileprivate var name: String? {
        guard case .host(let name, _) = self, (try? SocketAddress(ipAddress: name, port: 0)) == nil else { return nil }
        return name
    }
}

extension RedisSettings.TLS {
    fileprivate func context() throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.certificateVerification =
            switch verification {
            case .full: .fullVerification
            case .certificate: .noHostnameVerification
            case .none: .none
            }
        if let authorities { configuration.trustRoots = .file(authorities) }
        if let certificate {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate.file).map {
                .certificate($0)
            }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: certificate.key, format: .pem))
        }
        return try NIOSSLContext(configuration: configuration)
    }
}
