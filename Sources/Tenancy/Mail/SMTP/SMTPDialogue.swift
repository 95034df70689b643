import Foundation
import Model
import NIOCore

/// What is said to a mail server, step by step. Each step waits for the server's reply.
struct SMTPDialogue {
    private let settings: SMTPSettings
    private var replies: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let commands: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var unread = ByteBuffer()
    /// What the server can do, in capitals.
    private var abilities: [String] = []

    private static let longestReply = 16_384

    init(
        settings: SMTPSettings, replies: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        commands: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.settings = settings
        self.replies = replies
        self.commands = commands
    }

    /// Waits for the server's first words and answers them.
    mutating func greet() async throws {
        _ = try await reply(expecting: 220, to: "the connection")
        try await hello()
    }

    /// Says who we are, and hears what the server can do.
    mutating func hello() async throws {
        let domain = settings.sender.address.split(separator: "@").last.map(String.init) ?? "localhost"
        abilities = try await ask("EHLO \(domain)", expecting: 250).map { $0.uppercased() }
    }

    /// Asks for encryption. A server without it gets no letter: they carry links that open doors.
    mutating func requestEncryption() async throws {
        guard abilities.contains("STARTTLS") else {
            throw MailError(
                "The mail server \(settings.host) offers no STARTTLS; use smtps://, or tls=none for a server on this machine."
            )
        }
        _ = try await ask("STARTTLS", expecting: 220)
        // What somebody on the way put behind the reply would count as said under encryption.
        guard unread.readableBytes == 0 else {
            throw MailError("The mail server \(settings.host) said more than it may before encryption began.")
        }
        abilities = []
    }

    /// Gives the password, where there is one.
    mutating func authenticate() async throws {
        guard let username = settings.username, let password = settings.password else { return }
        let methods = abilities.first { $0.hasPrefix("AUTH ") }?.split(separator: " ").dropFirst() ?? []
        if methods.contains("PLAIN") {
            _ = try await ask(
                "AUTH PLAIN " + Self.base64("\0\(username)\0\(password.revealed)"), expecting: 235, as: "AUTH PLAIN")
        } else if methods.contains("LOGIN") {
            _ = try await ask("AUTH LOGIN", expecting: 334)
            _ = try await ask(Self.base64(username), expecting: 334, as: "the user's name")
            _ = try await ask(Self.base64(password.revealed), expecting: 235, as: "the password")
        } else {
            throw MailError("The mail server \(settings.host) takes neither AUTH PLAIN nor AUTH LOGIN.")
        }
    }

    /// Hands a letter over. When this returns, the server is responsible for it.
    mutating func hand(_ message: MailMessage, to recipient: EmailAddress) async throws {
        _ = try await ask("MAIL FROM:<\(settings.sender.address)>", expecting: 250)
        _ = try await ask("RCPT TO:<\(recipient.address)>", expecting: 250, or: 251, as: "RCPT TO")
        _ = try await ask("DATA", expecting: 354)
        // A line that begins with a dot would end the letter; there is none in base64, and none is trusted to stay away.
        let stuffed = message.text.replacing("\r\n.", with: "\r\n..")
        try await commands.write(ByteBuffer(string: stuffed + ".\r\n"))
        _ = try await reply(expecting: 250, to: "the letter")
    }

    /// Says goodbye; that nobody answers does no harm.
    mutating func quit() async {
        _ = try? await ask("QUIT", expecting: 221)
    }

    // MARK: Lines

    /// - Parameter name: what an error calls the command; its text may be secret.
    private mutating func ask(
        _ command: String, expecting code: Int, or other: Int? = nil, as name: String? = nil
    ) async throws -> [String] {
        guard !command.utf8.contains(where: { $0 < 0x20 }) else {
            throw MailError("A line break in a command for the mail server; it was not sent.")
        }
        try await commands.write(ByteBuffer(string: command + "\r\n"))
        return try await reply(expecting: code, or: other, to: name ?? String(command.prefix(40)))
    }

    /// The lines of one reply, without their code.
    private mutating func reply(expecting code: Int, or other: Int? = nil, to what: String) async throws -> [String] {
        var lines: [String] = []
        var length = 0
        while true {
            let line = try await line()
            length += line.utf8.count
            let number = Int(line.prefix(3)) ?? 0
            guard length <= Self.longestReply, number == code || number == other else {
                throw MailError(
                    "The mail server \(settings.host) answered \(what) by: \(Self.plain(line.prefix(200)))")
            }
            lines.append(String(line.dropFirst(4)))
            if line.dropFirst(3).first != "-" { return lines }
        }
    }

    private mutating func line() async throws -> String {
        while true {
            if let end = unread.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
                let length = end - unread.readerIndex
                let line = unread.readString(length: length) ?? ""
                unread.moveReaderIndex(forwardBy: 1)
                return line.hasSuffix("\r") ? String(line.dropLast()) : line
            }
            guard unread.readableBytes <= Self.longestReply, var more = try await replies.next(isolation: #isolation)
            else {
                throw MailError("The mail server \(settings.host) closed the connection, or spoke without end.")
            }
            unread.discardReadBytes()
            unread.writeBuffer(&more)
        }
    }

    /// Other people's text, for a line of a log.
    private static func plain(_ text: Substring) -> String {
        String(text.map { $0.isASCII && ($0.asciiValue ?? 0) >= 0x20 ? $0 : "?" })
    }

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
}
