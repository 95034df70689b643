import Conformance
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

/// A mail server in this process, with the habits that a test gives it.
final class TestMailServer: Sendable {
    enum Habit: Sendable {
        case honest, noEncryption, injecting, refusing, silent, chatty
    }

    private let heard = Mutex<[String]>([])
    private let habit: Habit
    private let context: NIOSSLContext?
    let port: Int

    /// Every line that was received, of all connections.
    var lines: [String] { heard.withLock { $0 } }

    private init(habit: Habit, context: NIOSSLContext?, port: Int) {
        self.habit = habit
        self.context = context
        self.port = port
    }

    /// Runs `body` beside a server.
    ///
    /// - Parameter certificate: the files of its certificate and key, for STARTTLS.
    static func with(
        _ habit: Habit = .honest, certificate: (file: String, key: String)? = nil,
        _ body: @escaping @Sendable (TestMailServer) async throws -> Void
    ) async throws {
        let context = try certificate.map { files in
            try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: try NIOSSLCertificate.fromPEMFile(files.file).map { .certificate($0) },
                    privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem))))
        }
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let server = TestMailServer(
            habit: habit, context: context, port: try #require(listener.channel.localAddress?.port))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.executeThenClose { connections in
                    try await withThrowingDiscardingTaskGroup { tasks in
                        for try await connection in connections {
                            // A client that goes away is no failure of the server.
                            tasks.addTask { try? await server.serve(connection) }
                        }
                    }
                }
            }
            try await body(server)
            group.cancelAll()
        }
    }

    private func serve(_ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async throws {
        try await connection.executeThenClose { inbound, outbound in
            func say(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text + "\r\n")) }
            guard habit != .silent else {
                for try await _ in inbound {}
                return
            }
            try await say("220-test\r\n220 ready")
            var isLetter = false
            var isEncrypted = false
            var buffer = ByteBuffer()
            for try await var piece in inbound {
                buffer.writeBuffer(&piece)
                while let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = (buffer.readString(length: end - buffer.readerIndex + 1) ?? "").trimmingCharacters(
                        in: .newlines)
                    heard.withLock { $0.append(line) }
                    if isLetter {
                        if line == "." {
                            isLetter = false
                            try await say("250 taken")
                        }
                        continue
                    }
                    switch line.prefix(while: { $0 != " " }) {
                    case "EHLO":
                        let encryption = habit == .noEncryption || isEncrypted ? "" : "250-STARTTLS\r\n"
                        let endless = habit == .chatty ? String(repeating: "250-MORE\r\n", count: 5_000) : ""
                        try await say("250-test\r\n\(endless)\(encryption)250 AUTH LOGIN PLAIN")
                    case "STARTTLS":
                        isEncrypted = true
                        let answer = "220 go" + (habit == .injecting ? "\r\n250 evil" : "")
                        guard let context else {
                            try await say(answer)
                            break
                        }
                        // In one turn of the loop: the client may begin to encrypt as soon as it has read the answer.
                        try await connection.channel.eventLoop.submit {
                            connection.channel.writeAndFlush(ByteBuffer(string: answer + "\r\n"), promise: nil)
                            try connection.channel.pipeline.syncOperations.addHandler(
                                NIOSSLServerHandler(context: context), position: .first)
                        }.get()
                    case "AUTH": try await say("235 welcome")
                    case "RCPT": try await say(habit == .refusing ? "550 nobody\u{1B}[31m here" : "250 fine")
                    case "DATA":
                        isLetter = true
                        try await say("354 go on")
                    case "QUIT":
                        try await say("221 bye")
                        return
                    default: try await say("250 fine")
                    }
                }
            }
        }
    }
}
