/// How many bytes wait for the peer, and who waits for them to become fewer.
struct OutboundWindow {
    typealias Continuation = CheckedContinuation<Void, Never>

    private struct Waiter {
        let number: Int
        let bytes: Int
        let continuation: Continuation
    }

    private let limit: Int
    private(set) var queued = 0
    private(set) var hasEnded = false
    private var waiters: [Waiter] = []
    private var nextNumber = 0
    /// Waiters whose task was cancelled before they could wait.
    private var cancelled: Set<Int> = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Makes room for `bytes`; false, and nothing changed, when there is none.
    mutating func reserve(_ bytes: Int) -> Bool {
        // One message that is longer than the limit goes alone, so that it can be sent at all.
        guard queued == 0 || queued + bytes <= limit else { return false }
        queued += bytes
        return true
    }

    /// Gives back what was sent, and returns who need not wait any more.
    mutating func release(_ bytes: Int) -> [Continuation] {
        guard !hasEnded else { return [] }
        queued -= bytes
        guard !waiters.isEmpty else { return [] }
        let woken = waiters.filter { queued < $0.bytes }
        waiters.removeAll { queued < $0.bytes }
        return woken.map(\.continuation)
    }

    /// Ends everything; nothing waits for the peer any more.
    mutating func end() -> [Continuation] {
        hasEnded = true
        queued = 0
        defer { waiters = [] }
        return waiters.map(\.continuation)
    }

    /// A number for someone who is about to wait.
    mutating func announce() -> Int {
        nextNumber += 1
        return nextNumber
    }

    /// Keeps the continuation until fewer than `bytes` wait; false when there is no need to, or when it was cancelled.
    mutating func wait(_ number: Int, below bytes: Int, _ continuation: Continuation) -> Bool {
        guard cancelled.remove(number) == nil, !hasEnded, queued >= bytes else { return false }
        waiters.append(Waiter(number: number, bytes: bytes, continuation: continuation))
        return true
    }

    /// Returns whom to wake because its task was cancelled.
    mutating func cancel(_ number: Int) -> Continuation? {
        guard let index = waiters.firstIndex(where: { $0.number == number }) else {
            cancelled.insert(number)
            return nil
        }
        return waiters.remove(at: index).continuation
    }

    /// Forgets the number of someone who has waited.
    mutating func forget(_ number: Int) {
        cancelled.remove(number)
    }
}
