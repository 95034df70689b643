import Model

/// What a command shows a server to be let in.
enum Credential: Sendable {
    /// Nothing, because nothing is known.
    case unknown
    /// Nothing, because the call is part of a sign-in.
    case signIn
    /// The server's token, or an API key.
    case secret(Secret)
    /// A person's session, whose access tokens last for minutes.
    case session(SessionRenewal)

    /// What to do when the server does not take it.
    var advice: String {
        switch self {
        case .unknown, .secret:
            """
             Sign in with 'suisha login', or set SUISHA_TOKEN, or --http-token-file to the file that the server's \
            'suisha config' shows as http.token_file.
            """
        case .signIn: ""
        case .session: " Sign in again with 'suisha login'."
        }
    }
}
