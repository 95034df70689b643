import Storage
import Synchronization

extension DatabaseBehaviour {
    /// Bounds, deadlines, cancellation and closing.
    static let limits: [DatabaseBehaviour] = [
        .init("a call waits for its turn no longer than its deadline, and the error says what to do") { trial in
            try await trial.makeNotes()
            // A database is opened within it, too.
            let wait = Duration.seconds(2)
            try await trial.withAnother(limits: .init(connections: 1, wait: wait)) { database in
                for write in [true, false] {
                    let barrier = Barrier()
                    async let holding: Void = patiently { try await hold(database, barrier, write: write) }
                    try await barrier.arrived()
                    let began = ContinuousClock.now
                    let message = try await expect(.busy) { try await touch(database, write: write) }
                    let waited = ContinuousClock.now - began
                    barrier.open()
                    try await holding
                    try expect(waited >= wait, "it waited \(waited)")
                    try expect(message.contains("2.0 seconds"), "the message does not tell how long: \(message)")
                    try await patiently { try await touch(database, write: write) }
                }
            }
        },
        .init("a full queue refuses at once") { trial in
            try await trial.makeNotes()
            let limits = DatabaseLimits(connections: 1, queue: 2, wait: .seconds(20))
            try await trial.withAnother(limits: limits) { database in
                for write in [true, false] {
                    let barrier = Barrier()
                    async let holding: Void = hold(database, barrier, write: write)
                    try await barrier.arrived()
                    let answers = await withTaskGroup(of: StorageError?.self) { group in
                        for _ in 0..<5 {
                            group.addTask {
                                do throws(StorageError) {
                                    try await touch(database, write: write)
                                    return nil
                                } catch {
                                    return error
                                }
                            }
                        }
                        var answers: [StorageError?] = []
                        for await answer in group {
                            answers.append(answer)
                            // The three that found no place answer first; then those that wait may go on.
                            if answers.count == 3 { barrier.open() }
                        }
                        return answers
                    }
                    try await holding
                    try expect(
                        answers.prefix(3).allSatisfy { $0?.code == .busy }
                            && answers.suffix(2).allSatisfy { $0 == nil },
                        "the answers were \(answers.map { $0?.message ?? "done" })")
                }
            }
        },
        .init("an urgent write goes ahead of all that wait, and a full queue does not refuse it") { trial in
            try await trial.makeNotes()
            let limits = DatabaseLimits(connections: 1, queue: 2, wait: .seconds(20))
            try await trial.withAnother(limits: limits) { database in
                let barrier = Barrier()
                async let holding: Void = hold(database, barrier, write: true)
                try await barrier.arrived()
                let order = Order()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<5 {
                        group.addTask {
                            do throws(StorageError) {
                                try await touch(database, write: true) { order.append("late") }
                            } catch {
                                order.append("refused")
                            }
                        }
                    }
                    // Three of the five found the queue full: it is full now.
                    try await eventually("the queue is full") { order.entries.count == 3 }
                    let asked = Flag()
                    group.addTask {
                        asked.set()
                        try await database.write(.urgent) { connection throws(StorageError) in
                            try connection.execute("UPDATE note SET body = body")
                            order.append("urgent")
                        }
                    }
                    // Where there is one writer it waits for that, and elsewhere for nobody.
                    let waits: Bool = database.dialect.hasOneWriter
                    try await eventually("the urgent write is in line, or done") {
                        waits ? asked.isSet : order.entries.count == 4
                    }
                    // Nobody sees from outside when the call that follows the flag has reached the line.
                    if waits { try await Task.sleep(for: .milliseconds(300)) }
                    barrier.open()
                    try await group.waitForAll()
                }
                try await holding
                let ended = Array(order.entries.dropFirst(3))
                try expect(ended == ["urgent", "late", "late"], "the order was \(ended)")
            }
        },
        .init("a call that is cancelled while it waits leaves at once, and its body never runs") { trial in
            try await trial.makeNotes()
            try await trial.withAnother(limits: .init(connections: 1, wait: .seconds(20))) { database in
                for write in [true, false] {
                    let ran = Flag()
                    let barrier = Barrier()
                    async let holding: Void = hold(database, barrier, write: write)
                    try await barrier.arrived()
                    try await expect(.canceled) {
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask { try await touch(database, write: write) { ran.set() } }
                            group.cancelAll()
                            try await group.waitForAll()
                        }
                    }
                    barrier.open()
                    try await holding
                    try await touch(database, write: write)
                    try expect(!ran.isSet, "its body ran")
                }
            }
        },
        .init("a write that is cancelled before its commit leaves nothing") { trial in
            try await trial.makeNotes()
            let barrier = Barrier()
            try await expect(.canceled) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await trial.database.write { connection throws(StorageError) in
                            try connection.addNote(1)
                            barrier.pass()
                        }
                    }
                    try await barrier.arrived()
                    group.cancelAll()
                    barrier.open()
                    try await group.waitForAll()
                }
            }
            try expect(try await trial.notes() == 0, "its note is there")
            try await trial.run("INSERT INTO note (id) VALUES (2)")
        },
        .init("closing finishes what runs and refuses what comes later, in words") { trial in
            try await trial.makeNotes()
            try await trial.withAnother { database in
                let barrier = Barrier()
                async let holding: Void = hold(database, barrier, write: true)
                try await barrier.arrived()
                async let closing: Void = database.close()
                barrier.open()
                try await holding
                await closing
                for write in [true, false] {
                    let message = try await expect(.unavailable) { try await touch(database, write: write) }
                    try expect(message.contains("closed"), "the message is: \(message)")
                }
                await database.close()
            }
        },
    ]
}

/// Tries again when a short deadline passed before the call's turn came, as it does on a machine with too much to do.
private func patiently(_ call: @Sendable () async throws -> Void) async throws {
    let limit = ContinuousClock.now + .seconds(15)
    while true {
        do {
            return try await call()
        } catch let error as StorageError {
            guard error.code == .busy, .now < limit else { throw error }
        }
    }
}

/// Occupies the writer or the one connection until the barrier opens.
private func hold(_ database: any SQLDatabase, _ barrier: Barrier, write: Bool) async throws(StorageError) {
    if write {
        try await database.write { connection throws(StorageError) in
            _ = try connection.query("SELECT 1")
            barrier.pass()
        }
    } else {
        try await database.read { connection throws(StorageError) in
            _ = try connection.query("SELECT 1")
            barrier.pass()
        }
    }
}

/// What happened, in order.
private final class Order: Sendable {
    private let list = Mutex<[String]>([])
    var entries: [String] { list.withLock { $0 } }
    func append(_ entry: String) { list.withLock { $0.append(entry) } }
}

private func touch(
    _ database: any SQLDatabase, write: Bool, _ ran: @escaping @Sendable () -> Void = {}
) async throws(StorageError) {
    if write {
        try await database.write { connection throws(StorageError) in
            ran()
            _ = try connection.query("SELECT 1")
        }
    } else {
        try await database.read { connection throws(StorageError) in
            ran()
            _ = try connection.query("SELECT 1")
        }
    }
}
