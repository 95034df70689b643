import Foundation

/// A letter in the form that travels (RFC 5322): headers in ASCII, the body in base64.
struct MailMessage: Sendable {
    let text: String

    init(_ letter: Letter, from sender: EmailAddress?, date: Date = Date(), id: UUID = UUID()) {
        let from = sender?.address ?? "suisha@localhost.invalid"
        let domain = from.split(separator: "@").last.map(String.init) ?? "localhost"
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
        let headers = [
            "From: Suisha <\(from)>",
            "To: <\(letter.recipient)>",
            "Subject: \(Self.encoded(letter.subject))",
            "Date: \(formatter.string(from: date))",
            "Message-ID: <\(id.uuidString.lowercased())@\(domain)>",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "Auto-Submitted: auto-generated",
        ]
        let body = Data(letter.body.utf8).base64EncodedString(options: [
            .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
        ])
        text = headers.joined(separator: "\r\n") + "\r\n\r\n" + body + "\r\n"
    }

    /// A header's text as encoded words (RFC 2047) where it is not plain ASCII, each short enough for its line.
    private static func encoded(_ text: String) -> String {
        guard !text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return text }
        var words: [String] = []
        var word = ""
        for character in text {
            if word.utf8.count + String(character).utf8.count > 42 {
                words.append(word)
                word = ""
            }
            word.append(character)
        }
        words.append(word)
        return words.map { "=?utf-8?B?\(Data($0.utf8).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }
}
