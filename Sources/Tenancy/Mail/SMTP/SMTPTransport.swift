import Model
package import NIOCore
import NIOPosix
import NIOSSL

/// Hands letters to a mail server (RFC 5321), over a connection of its own for each.
package struct SMTPTransport: MailTransport {
    private let settings: SMTPSettings
    private let group: any EventLoopGroup

    package init(_ settings: SMTPSettings, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) {
        self.settings = settings
        self.group = group
    }

    package func send(_ letter: Letter) async throws {
        let recipient = try EmailAddress(letter.recipient)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await deliver(letter, to: recipient) }
            tasks.addTask { [settings] in
                try await Task.sleep(for: settings.timeout)
                throw MailError("The mail server \(settings.host) took longer than \(settings.timeout).")
            }
            defer { tasks.cancelAll() }
            try await tasks.next()
        }
    }

    private func deliver(_ letter: Letter, to recipient: EmailAddress) async throws {
        do {
            let context = settings.encryption == .none ? nil : try await context()
            let channel = try await connect(settings.encryption == .fromTheStart ? context : nil)
            try await channel.executeThenClose { inbound, outbound in
                var dialogue = SMTPDialogue(
                    settings: settings, replies: inbound.makeAsyncIterator(), commands: outbound)
                try await dialogue.greet()
                if settings.encryption == .startTLS, let context {
                    try await dialogue.requestEncryption()
                    try await encrypt(channel.channel, context)
                    try await dialogue.hello()
                }
                try await dialogue.authenticate()
                try await dialogue.hand(MailMessage(letter, from: settings.sender), to: recipient)
                await dialogue.quit()
            }
        } catch let error as MailError {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw MailError("The mail server \(settings.host):\(settings.port) could not be used: \(error)")
        }
    }

    private func connect(_ context: NIOSSLContext?) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(10))
            .connect(host: settings.host, port: settings.port) { [settings] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: context, serverHostname: settings.serverName))
                    }
                    return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                }
            }
    }

    private func encrypt(_ channel: any Channel, _ context: NIOSSLContext) async throws {
        try await channel.eventLoop.submit { [settings] in
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: settings.serverName), position: .first)
        }.get()
    }

    /// Read for every letter, so that renewed authorities are used; not on the tasks' threads, because it blocks.
    private func context() async throws -> NIOSSLContext {
        try await NIOThreadPool.singleton.runIfActive { [settings] in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            if let authorities = settings.authorities { configuration.trustRoots = .file(authorities) }
            return try NIOSSLContext(configuration: configuration)
        }
    }
}

extension SMTPSettings {
    /// The name that the certificate must bear; nil for numeric addresses, which are compared as such.
    fileprivate var serverName: String? {
        (try? SocketAddress(ipAddress: host, port: 0)) == nil ? host : nil
    }
}
