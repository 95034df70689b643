/// An e-mail in plain text.
package struct Letter: Hashable, Sendable, Codable {
    /// The address it goes to; empty for a letter that stands for one and is dropped.
    package let recipient: String
    package let subject: String
    package let body: String

    /// - Throws: ``MailError`` when a line break in the recipient or the subject would add a header.
    package init(to recipient: EmailAddress, subject: String, body: String) throws {
        try self.init(recipient: recipient.address, subject: subject, body: body)
    }

    /// Costs as much as a letter and is never sent.
    static let decoy: Letter = .init(unchecked: "")

    func checked() throws -> Letter {
        try Letter(recipient: recipient, subject: subject, body: body)
    }

    private init(recipient: String, subject: String, body: String) throws {
        for header in [recipient, subject] where header.unicodeScalars.contains(where: { $0.value < 0x20 }) {
            throw MailError("A line break in the recipient or subject of a letter would add a header; it is not sent.")
        }
        self.recipient = recipient
        self.subject = subject
        self.body = body
    }

    private init(unchecked recipient: String) {
        self.recipient = recipient
        subject = "Your Suisha account"
        body = String(repeating: " ", count: 400)
    }
}

/// Why a letter was not sent.
package struct MailError: Error, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
