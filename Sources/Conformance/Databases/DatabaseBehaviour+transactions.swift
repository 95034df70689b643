import Foundation
import Storage

extension DatabaseBehaviour {
    /// What `read` and `write` promise.
    static let transactions: [DatabaseBehaviour] = [
        .init("what a write did is there for everybody after it returns") { trial in
            try await trial.makeNotes()
            let answer = try await trial.database.write { connection throws(StorageError) in
                try connection.addNote(1)
                try connection.addNote(2)
                return "done"
            }
            try expect(answer == "done", "the value is \(answer)")
            try expect(try await trial.notes() == 2, "this process does not see it")
            try await trial.withAnother { other in
                let rows = try await other.read { connection throws(StorageError) in
                    try connection.query("SELECT id FROM note ORDER BY id")
                }
                try expect(try rows.map { try $0.integer("id") } == [1, 2], "another process does not see it")
            }
        },
        .init("nothing remains of a body that throws") { trial in
            try await trial.makeNotes()
            try await expect(.full) {
                try await trial.database.write { connection throws(StorageError) in
                    try connection.addNote(1)
                    throw StorageError(.full, "enough")
                }
            }
            try expect(try await trial.notes() == 0, "its note is there")
            try await trial.run("INSERT INTO note (id) VALUES (2)")
            try expect(try await trial.notes() == 1, "the database does not take writes any more")
        },
        .init("nothing remains of a body that went on after a failed statement") { trial in
            try await trial.makeNotes()
            try await expect(.conflict) {
                try await trial.database.write { connection throws(StorageError) in
                    try connection.addNote(1)
                    do { try connection.addNote(1) } catch {}
                    do { try connection.addNote(2) } catch {}
                }
            }
            try expect(try await trial.notes() == 0, "some of it is there")
        },
        .init("bodies that fail leave those beside them alone") { trial in
            try await trial.makeNotes()
            let failures = await withTaskGroup(of: Bool.self) { group in
                for number in Int64(1)...200 {
                    group.addTask {
                        do throws(StorageError) {
                            try await trial.database.write { connection throws(StorageError) in
                                try connection.addNote(number)
                                if number.isMultiple(of: 3) { throw StorageError(.invalid, "no multiples of three") }
                            }
                            return false
                        } catch {
                            return error.message == "no multiples of three"
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try expect(failures == 66, "\(failures) bodies got their own error")
            try await trial.expectNotes(134)
            try expect(
                try await trial.number("SELECT COUNT(*) AS n FROM note WHERE id % 3 = 0") == 0, "a wrong one is there")
        },
        .init("a read cannot write") { trial in
            try await trial.makeNotes()
            try await expect(.readOnly) {
                try await trial.database.read { connection throws(StorageError) in try connection.addNote(1) }
            }
            try expect(try await trial.notes() == 0, "it wrote")
        },
        .init("a read sees one state, however long it lasts") { trial in
            try await trial.makeNotes()
            let barrier = Barrier()
            async let counts = trial.database.read { connection throws(StorageError) in
                let before = try connection.query("SELECT COUNT(*) AS n FROM note").first?.integer("n")
                barrier.pass()
                return [before, try connection.query("SELECT COUNT(*) AS n FROM note").first?.integer("n")]
            }
            try await barrier.arrived()
            try await trial.run("INSERT INTO note (id) VALUES (1)")
            barrier.open()
            let seen = try await counts
            try expect(seen == [0, 0], "it saw \(seen)")
        },
        .init("a connection is refused after its transaction") { trial in
            for write in [true, false] {
                let kept = Kept()
                if write {
                    try await trial.database.write { connection throws(StorageError) in kept.keep(connection) }
                } else {
                    try await trial.database.read { connection throws(StorageError) in kept.keep(connection) }
                }
                try await expect(.invalid) { _ = try kept.connection?.query("SELECT 1") }
            }
        },
        .init("a row that is there already is a conflict") { trial in
            try await trial.makeNotes()
            try await trial.run("CREATE UNIQUE INDEX note_body ON note (body)")
            try await trial.run("INSERT INTO note (id, body) VALUES (1, 'secret')")
            for row in ["1, 'other'", "2, 'secret'"] {
                let message = try await expect(.conflict) {
                    try await trial.run("INSERT INTO note (id, body) VALUES (\(row))")
                }
                try expect(!message.contains("secret"), "the message quotes the row: \(message)")
            }
            try await expect(.invalid) { try await trial.run("INSERT INTO note (id) VALUES (NULL)") }
        },
        .init("a wrong statement is invalid, and so is a wrong number of values") { trial in
            try await trial.makeNotes()
            for sql in ["SELEC 1", "SELECT nothing FROM note", "SELECT 1 FROM nowhere", "SELECT 1; SELECT 2"] {
                try await expect(.invalid) { _ = try await trial.rows(sql) }
            }
            try await expect(.invalid) { _ = try await trial.rows("SELECT body FROM note WHERE id = $1") }
            try await expect(.invalid) {
                _ = try await trial.rows("SELECT body FROM note WHERE id = $1", [.integer(1), .integer(2)])
            }
            try expect(try await trial.notes() == 0, "the database does not answer any more")
        },
        .init("the clock is the database's, in microseconds, and moves with the test") { trial in
            _ = try await trial.database.migrate([])
            let before = try await trial.number("SELECT now_us() AS n")
            let system = Int64(Date().timeIntervalSince1970 * 1_000_000)
            try expect(abs(system - before) < 60_000_000, "it is \(before), the system's \(system)")
            trial.clock.advance(by: .seconds(86_400))
            let later = try await trial.number("SELECT now_us() AS n")
            try expect((86_400_000_000...86_460_000_000).contains(later - before), "it moved by \(later - before)")
        },
    ]
}

/// Smuggles a connection out of its transaction.
///
/// `@unchecked`: what a driver promises to refuse has to be tried; here nothing runs at the same time.
private final class Kept: @unchecked Sendable {
    var connection: (any SQLConnection)?

    func keep(_ connection: any SQLConnection) { self.connection = connection }
}
