import Dispatch
import Foundation
import Model
import Storage
import Synchronization

/// Fails with the sentence unless the condition holds.
func expect(_ condition: Bool, _ otherwise: @autoclosure () -> String) throws {
    guard condition else { throw BrokenPromise(description: otherwise()) }
}

/// Fails unless `action` throws a `StorageError` of that code, with a message; returns the message.
@discardableResult
func expect(_ code: StorageError.Code, from action: () async throws -> Void) async throws -> String {
    do {
        try await action()
    } catch let error as StorageError where error.code == code {
        try expect(!error.message.isEmpty, "the error has no message")
        return error.message
    } catch {
        throw BrokenPromise(description: "expected a StorageError with the code '\(code)', got \(error)")
    }
    throw BrokenPromise(description: "expected a StorageError with the code '\(code)', got none")
}

/// Fails unless a signal comes within the limit.
func expectSignal(_ signals: AsyncStream<Void>, _ what: String, within limit: Duration = .seconds(60)) async throws {
    let came = await withTaskGroup(of: Bool.self) { group in
        group.addTask {
            for await _ in signals { return true }
            return false
        }
        group.addTask {
            try? await Task.sleep(for: limit)
            return false
        }
        defer { group.cancelAll() }
        return await group.next() ?? false
    }
    try expect(came, "no signal within \(limit): \(what)")
}

/// Looks again and again until the condition holds, for a limited time.
func expectSoon(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        try expect(.now < deadline, "not within \(limit): \(what)")
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Stops a body on its driver's thread until the test lets it go on.
final class Barrier: Sendable {
    private let arrival = DispatchSemaphore(value: 0)
    private let departure = DispatchSemaphore(value: 0)
    private let limit: Duration

    /// Nobody waits longer than the limit.
    init(limit: Duration = .seconds(20)) {
        self.limit = limit
    }

    /// Called in the body: says that it is here and waits for `open`.
    func pass() {
        arrival.signal()
        _ = departure.wait(timeout: .now() + limit.fractionalSeconds)
    }

    /// Lets one body go on.
    func open() { departure.signal() }

    /// Returns when a body is here.
    func arrived() async throws {
        let came = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [arrival, limit] in
                continuation.resume(returning: arrival.wait(timeout: .now() + limit.fractionalSeconds) == .success)
            }
        }
        try expect(came, "the body did not begin")
    }
}

/// Something that happened, or did not.
final class Flag: Sendable {
    private let value = Mutex(false)

    var isSet: Bool { value.withLock { $0 } }

    func set() { value.withLock { $0 = true } }
}
