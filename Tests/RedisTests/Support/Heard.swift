import Storage
import Synchronization

/// Which signals came from a stream so far.
final class Heard: Sendable {
    private let all: Mutex<Set<DispatchSignal>> = Mutex([])
    private let task: Mutex<Task<Void, Never>?> = Mutex(nil)

    init(_ stream: AsyncStream<DispatchSignal>) {
        // Awaited by `end`.
        let listening = Task { for await signal in stream { self.insert(signal) } }
        task.withLock { $0 = listening }
    }

    var signals: Set<DispatchSignal> { all.withLock { $0 } }

    func end() async {
        let task = task.withLock { $0 }
        task?.cancel()
        await task?.value
    }

    private func insert(_ signal: DispatchSignal) {
        all.withLock { _ = $0.insert(signal) }
    }
}
