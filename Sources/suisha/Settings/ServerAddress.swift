import Foundation

/// Where a server that is ready answers.
struct ServerAddress: Sendable, Hashable {
    /// The root of its API, `http://127.0.0.1:8080`; from this machine it can be reached there.
    let url: URL
    /// A link that signs one browser in, for the person at the terminal.
    let signIn: URL?
    /// A link that makes the first account, its operator's; nil once there is one.
    let owner: URL?
}
