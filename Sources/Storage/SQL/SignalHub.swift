import Synchronization

/// Hands announcements to the tasks of this process that wait for them. Shared by the drivers.
///
/// An announcement of `whole/part` is one of `whole` and one of `part`: it wakes whoever waits for either of them, and tells
/// ``ChangedParts`` of the whole which part it was.
package final class SignalHub: Sendable {
    private struct Subscriptions {
        var next = 0
        var waiting: [String: [Int: AsyncStream<Void>.Continuation]] = [:]
        var collecting: [String: [Int: ChangedParts]] = [:]

        mutating func number() -> Int {
            next += 1
            return next
        }
    }

    private let subscriptions = Mutex(Subscriptions())

    package init() {}

    /// The announcement of a change of `part` that is one of `whole`, too.
    package static func key(_ whole: String, _ part: String) -> String { "\(whole)/\(part)" }

    /// A stream with room for one signal: more of them mean no more than one.
    package func signals(for key: String) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = subscriptions.withLock { subscriptions in
            let number = subscriptions.number()
            subscriptions.waiting[key, default: [:]][number] = continuation
            return number
        }
        continuation.onTermination = { [weak self] _ in self?.remove(number, key) }
        return stream
    }

    /// The parts of `whole` that are announced from now on.
    package func changedParts(of whole: String) -> ChangedParts {
        let parts = ChangedParts()
        let number = subscriptions.withLock { subscriptions in
            let number = subscriptions.number()
            subscriptions.collecting[whole, default: [:]][number] = parts
            return number
        }
        parts.onEnd { [weak self] in self?.remove(number, whole) }
        return parts
    }

    /// Wakes everyone who waits for one of `keys`.
    package func signal(_ keys: some Sequence<String>) {
        let (woken, told) = subscriptions.withLock { subscriptions in
            var woken: [AsyncStream<Void>.Continuation] = []
            var told: [(ChangedParts, String?)] = []
            guard !subscriptions.waiting.isEmpty || !subscriptions.collecting.isEmpty else { return (woken, told) }
            for key in keys {
                let names = key.split(separator: "/", maxSplits: 1).map(String.init)
                for name in names { woken += subscriptions.waiting[name].map { Array($0.values) } ?? [] }
                guard let whole = names.first, let parts = subscriptions.collecting[whole] else { continue }
                told += parts.values.map { ($0, names.count == 2 ? names[1] : nil) }
            }
            return (woken, told)
        }
        for continuation in woken { continuation.yield() }
        for (parts, name) in told { parts.note(name) }
    }

    /// Wakes everyone, because announcements were missed.
    package func signalAll() { wakeAll { $0.note(nil) } }

    /// Wakes everyone to look, though as far as is known no announcement was missed: a process may have died before its own.
    package func remindAll() { wakeAll { $0.noteUnannounced() } }

    private func wakeAll(_ tell: (ChangedParts) -> Void) {
        let (woken, told) = subscriptions.withLock { subscriptions in
            (subscriptions.waiting.values.flatMap(\.values), subscriptions.collecting.values.flatMap(\.values))
        }
        for continuation in woken { continuation.yield() }
        for parts in told { tell(parts) }
    }

    /// Ends every stream.
    package func finish() {
        let (ended, told) = subscriptions.withLock { subscriptions in
            defer {
                subscriptions.waiting = [:]
                subscriptions.collecting = [:]
            }
            return (subscriptions.waiting.values.flatMap(\.values), subscriptions.collecting.values.flatMap(\.values))
        }
        for continuation in ended { continuation.finish() }
        for parts in told { parts.finish() }
    }

    private func remove(_ number: Int, _ key: String) {
        subscriptions.withLock { subscriptions in
            subscriptions.waiting[key]?[number] = nil
            if subscriptions.waiting[key]?.isEmpty == true { subscriptions.waiting[key] = nil }
            subscriptions.collecting[key]?[number] = nil
            if subscriptions.collecting[key]?.isEmpty == true { subscriptions.collecting[key] = nil }
        }
    }
}
