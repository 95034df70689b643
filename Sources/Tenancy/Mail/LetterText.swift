import Foundation

/// What the server writes to people, in their language.
enum LetterText: Sendable {
    case confirmAddress(link: String)
    case alreadyHere(link: String)
    case resetPassword(link: String)
    case passwordChanged

    func letter(to recipient: EmailAddress, in language: Language) throws -> Letter {
        let (subject, body) = language == .japanese ? japanese : english
        return try Letter(to: recipient, subject: subject, body: body)
    }

    private var english: (subject: String, body: String) {
        switch self {
        case .confirmAddress(let link):
            (
                "Confirm your e-mail address",
                """
                Welcome to Suisha.

                To confirm that this address is yours, open this link within two days:

                \(link)

                If you did not sign up, ignore this letter: without the link nothing happens.
                """
            )
        case .alreadyHere(let link):
            (
                "You already have an account",
                """
                Somebody, perhaps you, signed up to Suisha with this address. There is an account already.

                If you forgot the password, choose a new one here:

                \(link)

                If it was not you, ignore this letter: nothing has changed.
                """
            )
        case .resetPassword(let link):
            (
                "Choose a new password",
                """
                To choose a new password for Suisha, open this link within an hour:

                \(link)

                It works once. If you did not ask for it, ignore this letter: your password stays as it is.
                """
            )
        case .passwordChanged:
            (
                "Your password was changed",
                """
                The password of your Suisha account was changed, and every session was signed out.

                If it was not you, choose a new password at once by 'Forgot password', and tell whoever runs the server.
                """
            )
        }
    }

    private var japanese: (subject: String, body: String) {
        switch self {
        case .confirmAddress(let link):
            (
                "メールアドレスの確認",
                """
                Suisha へようこそ。

                このアドレスがご本人のものであることを確認するため、2日以内に次のリンクを開いてください。

                \(link)

                お心当たりがない場合は、このメールを無視してください。リンクを開かない限り何も起こりません。
                """
            )
        case .alreadyHere(let link):
            (
                "すでにアカウントがあります",
                """
                このアドレスで Suisha への登録がありましたが、すでにアカウントがあります。

                パスワードをお忘れの場合は、次のリンクから新しいパスワードを設定してください。

                \(link)

                お心当たりがない場合は、このメールを無視してください。何も変更されていません。
                """
            )
        case .resetPassword(let link):
            (
                "パスワードの再設定",
                """
                Suisha のパスワードを再設定するには、1時間以内に次のリンクを開いてください。

                \(link)

                リンクは一度だけ有効です。お心当たりがない場合は、このメールを無視してください。パスワードは変わりません。
                """
            )
        case .passwordChanged:
            (
                "パスワードが変更されました",
                """
                Suisha のパスワードが変更され、すべてのセッションからサインアウトしました。

                お心当たりがない場合は、ただちに「パスワードを忘れた場合」から再設定し、サーバーの管理者に連絡してください。
                """
            )
        }
    }
}
