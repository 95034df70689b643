/// Why a store could not do what was asked.
public struct StorageError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, for callers that decide what to do.
    public let code: Code
    /// For a person, without secrets: what failed and what to do next.
    public let message: String
    /// The driver's own error, for logs.
    public let underlying: (any Error)?

    /// A failure with its reason.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// A form for people.
    public var description: String { message }

    /// A kind of failure. More may be added; switch with a default.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case conflict, fenced, notFound, unavailable, busy, limited, full, tooLarge, readOnly, invalid, corrupt,
                canceled
        }
        private let value: Value

        /// Something else is there already.
        public static let conflict: Code = .init(value: .conflict)
        /// The caller's epoch is not the newest: somebody else owns the job.
        public static let fenced: Code = .init(value: .fenced)
        /// No such row or object in the caller's workspace.
        public static let notFound: Code = .init(value: .notFound)
        /// The server or file cannot be reached; trying again later may help.
        public static let unavailable: Code = .init(value: .unavailable)
        /// No connection came free within the deadline.
        public static let busy: Code = .init(value: .busy)
        /// A bound that somebody set is reached, such as the depth of a queue.
        public static let limited: Code = .init(value: .limited)
        /// There is no room: the disk, or the server's memory.
        public static let full: Code = .init(value: .full)
        /// The body is longer than allowed.
        public static let tooLarge: Code = .init(value: .tooLarge)
        /// The database or folder cannot be written.
        public static let readOnly: Code = .init(value: .readOnly)
        /// The request itself is wrong: bad SQL, a bad key.
        public static let invalid: Code = .init(value: .invalid)
        /// Stored data cannot be what this program wrote.
        public static let corrupt: Code = .init(value: .corrupt)
        /// The caller's task was cancelled.
        public static let canceled: Code = .init(value: .canceled)

        /// A form for people.
        public var description: String { value.rawValue }
    }
}
