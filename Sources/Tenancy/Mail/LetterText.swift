import Foundation

/// What the server writes to people, in their language.
enum LetterText: Sendable {
    case confirmAddress(link: String)
    case alreadyHere(link: String)
    case resetPassword(link: String)
    case passwordChanged
    case confirmNewAddress(link: String)
    case addressChanged
    case providerLinked(name: String)
    case providerUnlinked(name: String)
    case secondFactorAdded
    case secondFactorRemoved

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
        case .confirmNewAddress(let link):
            (
                "Confirm your new e-mail address",
                """
                To use this address for your Suisha account, open this link within two days:

                \(link)

                If you did not ask for it, ignore this letter: without the link nothing happens.
                """
            )
        case .addressChanged:
            (
                "Your e-mail address was changed",
                """
                Your Suisha account has another e-mail address now. This is the last letter to this one.

                If it was not you, tell whoever runs the server at once.
                """
            )
        case .providerLinked(let name):
            (
                "Another way to sign in",
                """
                Your Suisha account can now be signed in to with \(name).

                If it was not you, choose a new password at once by 'Forgot password', and tell whoever runs the server.
                """
            )
        case .providerUnlinked(let name):
            (
                "One way less to sign in",
                """
                Your Suisha account can no longer be signed in to with \(name).

                If it was not you, choose a new password at once by 'Forgot password', and tell whoever runs the server.
                """
            )
        case .secondFactorAdded:
            (
                "An authenticator app was set up",
                """
                Signing in to your Suisha account now needs a code of an authenticator app. Your other sessions were signed out.

                If it was not you, tell whoever runs the server at once.
                """
            )
        case .secondFactorRemoved:
            (
                "Your authenticator app was removed",
                """
                Signing in to your Suisha account no longer needs a code of an authenticator app.

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
        case .confirmNewAddress(let link):
            (
                "新しいメールアドレスの確認",
                """
                このアドレスを Suisha のアカウントで使うには、2日以内に次のリンクを開いてください。

                \(link)

                お心当たりがない場合は、このメールを無視してください。リンクを開かない限り何も起こりません。
                """
            )
        case .addressChanged:
            (
                "メールアドレスが変更されました",
                """
                Suisha のアカウントのメールアドレスが変更されました。このアドレスへのお知らせはこれが最後です。

                お心当たりがない場合は、ただちにサーバーの管理者に連絡してください。
                """
            )
        case .providerLinked(let name):
            (
                "サインイン方法が追加されました",
                """
                \(name) で Suisha のアカウントにサインインできるようになりました。

                お心当たりがない場合は、ただちに「パスワードを忘れた場合」からパスワードを再設定し、サーバーの管理者に連絡してください。
                """
            )
        case .providerUnlinked(let name):
            (
                "サインイン方法が削除されました",
                """
                \(name) では Suisha のアカウントにサインインできなくなりました。

                お心当たりがない場合は、ただちに「パスワードを忘れた場合」からパスワードを再設定し、サーバーの管理者に連絡してください。
                """
            )
        case .secondFactorAdded:
            (
                "認証アプリが設定されました",
                """
                Suisha へのサインインに認証アプリのコードが必要になりました。ほかのセッションはサインアウトされました。

                お心当たりがない場合は、ただちにサーバーの管理者に連絡してください。
                """
            )
        case .secondFactorRemoved:
            (
                "認証アプリが解除されました",
                """
                Suisha へのサインインに認証アプリのコードが不要になりました。

                お心当たりがない場合は、ただちに「パスワードを忘れた場合」からパスワードを再設定し、サーバーの管理者に連絡してください。
                """
            )
        }
    }
}
