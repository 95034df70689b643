import Conformance
import Foundation
import Model
import Testing

@testable import Tenancy

@Suite("Letters by SMTP (B1)", .timeLimit(.minutes(2)))
struct SMTPTests {
    private static func letter() throws -> Letter {
        try Letter(to: EmailAddress("aiko@example.com"), subject: "水車", body: "Open this link.\n.\nIt works once.")
    }

    @Test("a letter arrives whole, from and to whom it should")
    func plain() async throws {
        try await TestMailServer.with(.noEncryption) { server in
            let settings = try SMTPSettings(url: "smtp://127.0.0.1:\(server.port)?from=suisha@example.com&tls=none")
            try await SMTPTransport(settings).send(try Self.letter())
            let lines = server.lines
            #expect(
                lines.prefix(4) == [
                    "EHLO example.com", "MAIL FROM:<suisha@example.com>", "RCPT TO:<aiko@example.com>", "DATA",
                ])
            let text = try #require(lines.split(separator: "").last?.prefix { $0 != "." }.joined())
            let body = try #require(Data(base64Encoded: text))
            #expect(String(decoding: body, as: UTF8.self) == "Open this link.\n.\nIt works once.")
            #expect(
                lines.contains("From: Suisha <suisha@example.com>") && lines.contains("Subject: =?utf-8?B?5rC06LuK?="))
            #expect(lines.last == "QUIT")
        }
    }

    @Test("a password is given under encryption alone, to a server whose certificate is trusted")
    func encrypted() async throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "suisha-smtp-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let made = try await TestCertificate(in: folder)
        let (certificate, key) = (made.certificate, made.key)
        try await TestMailServer.with(certificate: (certificate, key)) { server in
            let place = "smtp://mill:p%40ss@localhost:\(server.port)?from=suisha@example.com"
            try await SMTPTransport(try SMTPSettings(url: place + "&ca=\(certificate)")).send(try Self.letter())
            let commands = server.lines.filter { !$0.contains(":") }
            #expect(commands.prefix(3) == ["EHLO example.com", "STARTTLS", "EHLO example.com"])
            #expect(server.lines.contains("AUTH PLAIN " + Data("\0mill\0p@ss".utf8).base64EncodedString()))
            let count = server.lines.count { $0.hasPrefix("AUTH") }
            // The system does not know the authority; and the certificate bears another name.
            for url in [place, place.replacing("@localhost", with: "@127.0.0.1") + "&ca=\(certificate)"] {
                await #expect(throws: MailError.self) {
                    try await SMTPTransport(try SMTPSettings(url: url)).send(try Self.letter())
                }
            }
            #expect(server.lines.count { $0.hasPrefix("AUTH") } == count)
        }
    }

    @Test(
        "a server that does not keep the rules gets no letter, and the error says what it did without its tricks",
        arguments: [
            (.noEncryption, "STARTTLS"), (.injecting, "more than it may"), (.refusing, "550 nobody?[31m here"),
            (.silent, "longer than"), (.chatty, "answered EHLO"),
        ] as [(TestMailServer.Habit, String)])
    func rules(habit: TestMailServer.Habit, words: String) async throws {
        try await TestMailServer.with(habit) { server in
            let encryption = habit == .refusing ? "&tls=none" : ""
            var settings = try SMTPSettings(
                url: "smtp://127.0.0.1:\(server.port)?from=suisha@example.com\(encryption)")
            if habit == .silent { settings.timeout = .milliseconds(200) }
            do {
                try await SMTPTransport(settings).send(try Self.letter())
                Issue.record("the letter was handed over")
            } catch let error as MailError {
                #expect(error.description.contains(words), "\(error)")
            }
            #expect(!server.lines.contains("DATA"))
        }
    }

    @Test(
        "a URL that is wrong, or would give the password away, is refused without showing it",
        arguments: [
            "", "mail.example.com", "http://mail.example.com?from=a@example.com", "smtp://mail.example.com",
            "smtp://mail.example.com?from=nobody", "smtp://u:hunter2@mail.example.com?from=a@example.com&tls=none",
            "smtp://u@mail.example.com?from=a@example.com", "smtp://mail.example.com?from=a@example.com&verify=none",
            "smtps://mail.example.com?from=a@example.com&tls=none",
        ])
    func wrongURL(url: String) throws {
        let error = #expect(throws: MailError.self) { try SMTPSettings(url: url) }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test("what a URL leaves out is what mail servers usually have")
    func defaults() throws {
        #expect(try SMTPSettings(url: "smtp://mail.example.com?from=a@example.com").port == 587)
        let settings = try SMTPSettings(url: "smtps://u:p@mail.example.com?from=a@example.com")
        #expect(settings.port == 465 && settings.encryption == .fromTheStart && settings.password == Secret("p"))
    }
}
