import Storage

/// Whether there is a connection, and who waits for one. No I/O, no clock, no lock.
///
/// Calls wait only while the first attempt after a loss is under way; once it failed, they fail at once until a later
/// attempt succeeds, so that a Redis that is down delays nobody.
struct LinkState<Connection, Waiter> {
    private enum Phase {
        case connecting
        case up(Connection)
        case down(StorageError)
        case closed
    }

    enum Answer {
        case use(Connection)
        case wait
        case refuse(StorageError)
        case closed
        /// Too many calls wait already.
        case full
    }

    private let waiterLimit: Int
    private var phase: Phase = .connecting
    private var waiters: [Int: Waiter] = [:]

    init(waiterLimit: Int) {
        self.waiterLimit = waiterLimit
    }

    var isClosed: Bool {
        if case .closed = phase { true } else { false }
    }

    /// The open connection.
    var current: Connection? {
        if case .up(let connection) = phase { connection } else { nil }
    }

    /// A connection for a call, or what to do instead; after `wait` it is held under `number`.
    mutating func request(_ number: Int, _ waiter: Waiter) -> Answer {
        switch phase {
        case .up(let connection): return .use(connection)
        case .down(let error): return .refuse(error)
        case .closed: return .closed
        case .connecting:
            guard waiters.count < waiterLimit else { return .full }
            waiters[number] = waiter
            return .wait
        }
    }

    /// Lets a call go that waited long enough.
    mutating func giveUp(_ number: Int) -> Waiter? {
        waiters.removeValue(forKey: number)
    }

    /// A connection is there; nil when it came too late, after ``close()``.
    mutating func connected(_ connection: Connection) -> [Waiter]? {
        guard !isClosed else { return nil }
        phase = .up(connection)
        return release()
    }

    /// The connection broke; the next attempt follows.
    mutating func lost() {
        if !isClosed { phase = .connecting }
    }

    /// An attempt failed.
    mutating func failed(_ error: StorageError) -> [Waiter] {
        if !isClosed { phase = .down(error) }
        return release()
    }

    /// The end; what is left to close and to refuse.
    mutating func close() -> (Connection?, [Waiter]) {
        defer { phase = .closed }
        if case .up(let connection) = phase { return (connection, release()) }
        return (nil, release())
    }

    private mutating func release() -> [Waiter] {
        defer { waiters = [:] }
        return Array(waiters.values)
    }
}
