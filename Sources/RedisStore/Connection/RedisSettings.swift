import Model
import Storage

/// Which Redis to use, and within which bounds.
package struct RedisSettings: Sendable {
    /// Where a server listens.
    enum Address: Hashable, Sendable {
        case host(String, port: Int)
        case socket(path: String)
    }

    /// Who knows where the server is.
    enum Location: Sendable {
        case server(Address)
        /// Any of the sentinels knows the present master of that name.
        case sentinels([Address], master: String, username: String?, password: Secret?)
    }

    /// Encryption, and whom to trust.
    struct TLS: Sendable {
        /// What is checked of the server's certificate (`verify`).
        enum Verification: String {
            case full, certificate, none
        }

        var verification: Verification = .full
        /// A PEM file with the authorities to trust instead of the system's (`ca`).
        var authorities: String?
        /// PEM files with our own certificate and its key, where the server asks for them (`cert` and `key`).
        var certificate: (file: String, key: String)?
    }

    let location: Location
    let username: String?
    let password: Secret?
    let database: Int
    let tls: TLS?
    /// What the keys begin with (`prefix`); in braces, so that a cluster keeps them together.
    let prefix: String
    /// How long connecting may take (`connect_timeout`, in milliseconds).
    package var connectTimeout: Duration = .seconds(3)
    /// How long the answer to a command may take before the connection is given up (`timeout`, in milliseconds).
    package var commandTimeout: Duration = .seconds(5)
    /// How long a call waits for a connection that is being opened (`wait`, in milliseconds).
    package var waitLimit: Duration = .seconds(1)
    /// How often an idle connection is tried (`keepalive`, in milliseconds).
    package var keepAlive: Duration = .seconds(5)
    /// Commands that may be under way on a connection; more are `busy` (`in_flight`).
    package var inFlightLimit = 10_000
    /// Bytes of commands that may be under way on a connection.
    package var inFlightBytes = 64 << 20

    /// Where the server is, for error messages; without user and password.
    var place: String {
        switch location {
        case .server(let address): "\(address)"
        case .sentinels(let addresses, let master, _, _):
            "the master '\(master)' of \(addresses.map(\.description).joined(separator: ", "))"
        }
    }
}

extension RedisSettings.Address: CustomStringConvertible {
    var description: String {
        switch self {
        case .host(let name, let port): name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
        case .socket(let path): path
        }
    }
}
