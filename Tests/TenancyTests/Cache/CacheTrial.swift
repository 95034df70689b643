import Conformance
import Foundation
import Model
import Storage
import Synchronization

@testable import Tenancy

/// A monotonic clock that a test moves.
final class MovableInstant: Sendable {
    private let offset = Mutex(Duration.zero)
    private let start = ContinuousClock.now
    var now: ContinuousClock.Instant { start + offset.withLock { $0 } }
    func advance(by duration: Duration) { offset.withLock { $0 += duration } }
}

/// A bus between nodes that a test cuts and mends.
final class TestBus: InvalidationBus {
    private struct State {
        var isCut = false
        var refuses = false
        var isHeld = false
        var held: [String] = []
    }

    private let inner = LocalBus()
    private let state = Mutex(State())

    var losesNothing: Bool { false }

    /// What is published goes nowhere, and nobody is told.
    func cut() { state.withLock { $0.isCut = true } }
    func mend() { state.withLock { $0 = State() } }
    /// Publishing fails.
    func refuse() { state.withLock { $0.refuses = true } }
    /// What is published arrives later, in order.
    func hold() { state.withLock { $0.isHeld = true } }
    /// The oldest messages that are held arrive.
    func release(_ count: Int) async throws {
        let messages = state.withLock { state in
            let messages = Array(state.held.prefix(count))
            state.held.removeFirst(messages.count)
            return messages
        }
        for message in messages { try await inner.publish(message) }
    }

    func publish(_ message: String) async throws(StorageError) {
        let arrives = state.withLock { state -> Bool? in
            if state.refuses { return nil }
            if state.isHeld { state.held.append(message) }
            return !state.isCut && !state.isHeld
        }
        guard let arrives else { throw StorageError(.unavailable, "the bus is down") }
        if arrives { try await inner.publish(message) }
    }

    func subscribe(_ receive: @escaping @Sendable (BusEvent) -> Void) -> any BusSubscription {
        inner.subscribe(receive)
    }
}

/// A shared cache that a test breaks.
final class TestSharedCache: SharedCache {
    private let inner: LocalSharedCache
    private let isDown = Mutex(false)

    init(now: @escaping @Sendable () -> ContinuousClock.Instant) { inner = LocalSharedCache(now: now) }

    func setDown(_ value: Bool) { isDown.withLock { $0 = value } }

    private func check() throws(StorageError) {
        if isDown.withLock({ $0 }) { throw StorageError(.unavailable, "the cache is down") }
    }

    func read(_ key: String) async throws(StorageError) -> SharedEntry {
        try check()
        return try await inner.read(key)
    }

    func fill(
        _ key: String, with value: String, lasting lifetime: Duration, ifStill stamp: String
    ) async throws(StorageError) -> Bool {
        try check()
        return try await inner.fill(key, with: value, lasting: lifetime, ifStill: stamp)
    }

    func invalidate(_ keys: [String]) async throws(StorageError) {
        try check()
        try await inner.invalidate(keys)
    }
}

/// The database as a cache sees it: counts the questions, and answers what the test says.
final class Truth: Sendable {
    private struct State {
        var session: Authenticated?
        var remaining: Duration = .seconds(86_400)
        var questions = 0
    }
    private let state: Mutex<State>

    init(_ session: Authenticated?) { state = Mutex(State(session: session)) }

    var questions: Int { state.withLock { $0.questions } }
    func end() { state.withLock { $0.session = nil } }
    func set(remaining: Duration) { state.withLock { $0.remaining = remaining } }

    func answer() -> (caller: Authenticated, remaining: Duration)? {
        state.withLock { state in
            state.questions += 1
            return state.session.map { ($0, state.remaining) }
        }
    }
}

extension Authenticated {
    static func sample() -> Authenticated {
        Authenticated(
            actor: .user(UserID()), session: SessionID(), authTime: Timestamp(microseconds: 1_700_000_000_123_456),
            isOperator: true,
            grants: [WorkspaceGrant(workspace: .local, permissions: PermissionSet(low: .max, high: 5), epoch: 7)])
    }
}
