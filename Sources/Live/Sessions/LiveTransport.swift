/// One connection to a client, over which frames go out. It never makes the sender wait.
package protocol LiveTransport: Sendable {
    /// Takes a frame to send; false when there is no room for it.
    func offer(_ frame: LiveFrame) -> Bool

    /// How many bytes it holds that the client has not taken.
    var queuedBytes: Int { get }

    /// Returns when fewer than so many bytes wait, the connection has ended, or the task is cancelled.
    func drained(below bytes: Int) async
}

/// Why a connection ends, as the code that a WebSocket closes with.
package struct LiveClose: Hashable, Sendable {
    package let code: UInt16
    package let reason: String

    package init(_ code: UInt16, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    /// The client went first.
    package static let left: LiveClose = .init(1000, "goodbye")
    /// The server stops; come back after the time that `reconnect` said.
    package static let restarting: LiveClose = .init(1012, "the server restarts")
    package static let failed: LiveClose = .init(1011, "something failed on this side")
    /// The session has ended, or its token is no longer good: sign in again.
    package static let signedOut: LiveClose = .init(4401, "the session has ended")
    /// The right to listen is gone.
    package static let forbidden: LiveClose = .init(4403, "the right to listen is gone")
    /// The client takes less than it is sent.
    package static let tooSlow: LiveClose = .init(4008, "the connection is too slow")

    /// Every code that a server closes with, for the reference.
    package static let all: [LiveClose] = [.left, .restarting, .failed, .signedOut, .forbidden, .tooSlow]
}
