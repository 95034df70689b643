/// Why a request to the outside got no usable answer.
package struct OutboundError: Error, Sendable, CustomStringConvertible {
    package let code: Code
    /// For a person, without secrets: what failed, for which host, and what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }

    /// The kind of failure, for callers that decide whether to try again.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case forbiddenAddress, invalidURL, unreachable, timedOut, tooLarge, refused, tooManyRedirects, notStored
        }
        private let value: Value

        /// The URL leads to a private, loopback or otherwise internal address, or to a port that is not for the web.
        package static let forbiddenAddress: Code = .init(value: .forbiddenAddress)
        /// Not an absolute `http` or `https` URL.
        package static let invalidURL: Code = .init(value: .invalidURL)
        /// Name not found, connection refused or cut, or a server that is overloaded.
        package static let unreachable: Code = .init(value: .unreachable)
        /// The deadline passed.
        package static let timedOut: Code = .init(value: .timedOut)
        /// The answer is longer than allowed.
        package static let tooLarge: Code = .init(value: .tooLarge)
        /// The server answered with an error status, or in a form that was not asked for.
        package static let refused: Code = .init(value: .refused)
        /// More redirects than allowed.
        package static let tooManyRedirects: Code = .init(value: .tooManyRedirects)
        /// What came could not be written to the local disk.
        package static let notStored: Code = .init(value: .notStored)

        /// Whether the same request may succeed later, with nobody changing it.
        package var isTransient: Bool {
            switch value {
            case .unreachable, .timedOut, .notStored: true
            case .forbiddenAddress, .invalidURL, .tooLarge, .refused, .tooManyRedirects: false
            }
        }

        package var description: String { value.rawValue }
    }
}
