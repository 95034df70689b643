import CLibpq

/// Asks the server to stop the statement of one session.
///
/// `@unchecked`: libpq makes the object immutable, to be used from any thread (its documentation of `PQcancel`).
final class StatementCanceler: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit { PQfreeCancel(pointer) }

    /// Blocks until the server has taken the request; whether it arrived in time shows in the statement's result.
    func cancel() {
        var message = [CChar](repeating: 0, count: 256)
        _ = PQcancel(pointer, &message, Int32(message.count))
    }
}
