import Conformance
import Foundation
import Model
import Testing

@testable import Tenancy

@Suite("Letters (B1)")
struct MailTests {
    @Test("no line break in a recipient or a subject adds a header")
    func injection() throws {
        #expect(throws: (any Error).self) { try EmailAddress("a@example.com\r\nBcc: b@example.com") }
        let email = try EmailAddress("a@example.com")
        for subject in ["x\r\nBcc: b@example.com", "x\ny", "x\u{0}"] {
            #expect(throws: MailError.self) { try Letter(to: email, subject: subject, body: "") }
        }
        // One that was changed in the queue is not sent either.
        let text = #"{"recipient":"a@example.com\r\nRCPT TO:<b@example.com>","subject":"x","body":""}"#
        let letter = try JSONDecoder().decode(Letter.self, from: Data(text.utf8))
        #expect(throws: MailError.self) { try letter.checked() }
    }

    @Test("a letter's headers are ASCII and its lines are short, in both languages", arguments: Language.allCases)
    func message(language: Language) throws {
        let email = try EmailAddress("aiko@example.com")
        let letter = try LetterText.resetPassword(link: "https://example.com/x").letter(to: email, in: language)
        let text = MailMessage(letter, from: try EmailAddress("suisha@example.com")).text
        #expect(text.utf8.allSatisfy { $0 < 0x80 })
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && !$0.contains("\n") })
        let body = lines.drop { !$0.isEmpty }.joined()
        let decoded = try #require(Data(base64Encoded: body))
        #expect(String(decoding: decoded, as: UTF8.self) == letter.body)
        #expect(letter.body.contains("https://example.com/x"))
    }

    @Test("each text is there in both languages, and they differ")
    func languages() throws {
        let email = try EmailAddress("aiko@example.com")
        for text in [
            LetterText.confirmAddress(link: "L"), .alreadyHere(link: "L"), .resetPassword(link: "L"), .passwordChanged,
            .confirmNewAddress(link: "L"), .addressChanged, .providerLinked(name: "Google"),
            .providerUnlinked(name: "Google"), .secondFactorAdded, .secondFactorRemoved,
        ] {
            let english = try text.letter(to: email, in: .english)
            let japanese = try text.letter(to: email, in: .japanese)
            #expect(english.subject != japanese.subject && english.body != japanese.body)
        }
    }

    @Test(
        "a letter that cannot be sent is tried again later, and one that is a day old is dropped",
        arguments: DatabaseFixture.all)
    func retries(fixture: DatabaseFixture) async throws {
        try await AccountTrial.with(fixture) { trial in
            _ = try await trial.accounts.signUp(try trial.form(), client: AccountTrial.client)
            #expect(try await trial.mail.sendDue(through: BrokenTransport(), logger: AccountTrial.logger) == 0)
            #expect(try await trial.newLetters().isEmpty)
            trial.trial.clock.advance(by: .seconds(200))
            #expect(try await trial.newLetters().count == 1)
            try await trial.accounts.requestReset(email: "nobody@example.com")
            _ = try await trial.accounts.signUp(try trial.form("ben@example.com"), client: AccountTrial.client)
            trial.trial.clock.advance(by: .seconds(86_401))
            #expect(try await trial.newLetters().isEmpty)
        }
    }

    private struct BrokenTransport: MailTransport {
        func send(_ letter: Letter) async throws { throw MailError("the server is down") }
    }

    @Test("the folder of letters is for the server alone")
    func folder() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "letters-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let letter = try LetterText.passwordChanged.letter(to: try EmailAddress("aiko@example.com"), in: .english)
        try await FolderMailTransport(folder: folder).send(letter)
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(files.count == 1 && files[0].hasSuffix(".eml"))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: files[0]).path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        await #expect(throws: MailError.self) {
            try await FolderMailTransport(folder: URL(filePath: "/dev/null/letters")).send(letter)
        }
    }
}
