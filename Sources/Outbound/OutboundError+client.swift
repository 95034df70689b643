import AsyncHTTPClient
import NIOCore
import NIOPosix

extension OutboundError {
    /// What a failure of the client means, in words without the URL, which may hold a secret.
    ///
    /// - Returns: an ``OutboundError``, or `CancellationError` when this task was cancelled: that is no failure.
    static func meaning(of failure: any Error, at place: String) -> any Error {
        if Task.isCancelled || failure is CancellationError { return CancellationError() }
        switch failure {
        case let known as OutboundError: return known
        case let client as HTTPClientError where timeouts.contains(client): return tooSlow(place)
        case let client as HTTPClientError where client == .remoteConnectionClosed:
            return OutboundError(
                .unreachable, "\(place) closed the connection before the whole answer was there; try again later.")
        case let client as HTTPClientError:
            return OutboundError(.unreachable, "The connection to \(place) failed: \(client.shortDescription).")
        case is IOError, is ChannelError, is NIOConnectionError:
            return OutboundError(
                .unreachable, "\(place) accepts no connection; check the address and that the server runs.")
        // The errors of NIOSSL, which is no dependency of ours.
        case _ where String(reflecting: type(of: failure)).hasPrefix("NIOSSL."):
            return OutboundError(
                .unreachable, "\(place) offers no secure connection that can be trusted; check its certificate.")
        default:
            return OutboundError(.unreachable, "\(place) gave no answer that can be read; check the address.")
        }
    }

    /// The deadline passed.
    static func tooSlow(_ place: String) -> OutboundError {
        OutboundError(.timedOut, "\(place) did not answer in time; try again later.")
    }

    private static let timeouts: [HTTPClientError] = [
        .connectTimeout, .readTimeout, .writeTimeout, .deadlineExceeded, .tlsHandshakeTimeout,
        .getConnectionFromPoolTimeout,
    ]
}
