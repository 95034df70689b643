import Model
package import Storage

/// Writes the letters of invitations, in the language of whoever they are for, or else of whoever invites.
package struct InviteLetters: InvitePost {
    private let mail: MailQueue
    private let origin: String

    /// - Parameter publicOrigin: where people reach this server: `https://suisha.example`.
    package init(mail: MailQueue, publicOrigin: String) {
        self.mail = mail
        origin = publicOrigin.hasSuffix("/") ? String(publicOrigin.dropLast()) : publicOrigin
    }

    package func send(_ invite: NewInvite, on connection: any SQLConnection) throws {
        guard let email = invite.invite.email else { return }
        let inviter = UserID(invite.invite.createdBy)
        let rows = try connection.query(
            "SELECT id, name, language FROM users WHERE email_norm = $1 OR id = $2",
            [.text(email), SQLValue(inviter ?? UserID())])
        var name: String?
        var languages: [Bool: Language] = [:]
        for row in rows {
            let isInviter = try row.id("id") == inviter
            if isInviter { name = try row.text("name") }
            languages[isInviter] = Language(rawValue: try row.text("language"))
        }
        let language = languages[false] ?? languages[true] ?? .english
        let letter = try letter(
            to: EmailAddress(email), from: name, in: language, invite: invite,
            link: "\(origin)/invite?token=\(invite.token.secret.revealed)")
        try MailQueue.add(mail.sealed(letter), on: connection)
    }

    private func letter(
        to recipient: EmailAddress, from name: String?, in language: Language, invite: NewInvite, link: String
    ) throws -> Letter {
        let workspace = Self.plain(invite.workspaceName)
        let until = invite.invite.expiresAt.description.prefix(10)
        switch language {
        case .english:
            return try Letter(
                to: recipient, subject: "Invitation to \(workspace)",
                body: """
                    \(name.map(Self.plain) ?? "Somebody") invites you to the workspace "\(workspace)" on Suisha.

                    To join, open this link until \(until):

                    \(link)

                    It works once, and only with this address. If you do not know what this is about, ignore this letter.
                    """)
        case .japanese:
            return try Letter(
                to: recipient, subject: "「\(workspace)」への招待",
                body: """
                    \(name.map { "\(Self.plain($0)) さん" } ?? "ある方")から、Suisha のワークスペース「\(workspace)」に招待されています。

                    参加するには、\(until) までに次のリンクを開いてください。

                    \(link)

                    このリンクは、このアドレスの方が一度だけ使えます。お心当たりがない場合は、このメールを無視してください。
                    """)
        }
    }

    /// A name that others chose, without what could pass for a part of the letter: line breaks and addresses.
    private static func plain(_ name: String) -> String {
        String(name.prefix(60)).replacing("://", with: " ").replacing("\n", with: " ").replacing("\r", with: " ")
    }
}
