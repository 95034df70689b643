import Foundation
import NIOCore

/// Why the server cannot run.
package struct WebServerError: Error, CustomStringConvertible {
    /// What failed and what to do next.
    package let message: String
    /// The error of the network layer.
    package let underlying: any Error

    package var description: String { message }

    init(_ error: any Error, settings: WebSettings) {
        underlying = error
        let place = "\(settings.address):\(settings.port)"
        message =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE:
                "Port \(settings.port) is in use on \(settings.address). Stop the other program, or choose another port with --http-port or http.port."
            case EACCES:
                "Binding \(place) is not permitted. Ports below 1024 need a privilege; choose another with --http-port or http.port."
            case EADDRNOTAVAIL:
                "This machine has no address \(settings.address). Choose another with --http-host or http.host."
            default:
                "The HTTP server on \(place) failed: \(error)"
            }
    }
}
