import Storage

extension DatabaseBehaviour {
    /// What holds when many callers and several processes write.
    static let concurrency: [DatabaseBehaviour] = [
        .init("no increment is lost among concurrent writers") { trial in
            try await trial.makeNotes()
            try await trial.run("CREATE TABLE counter (id BIGINT, n BIGINT)")
            try await trial.run("INSERT INTO counter (id, n) VALUES (1, 0)")
            try await withThrowingTaskGroup { group in
                for _ in 0..<200 {
                    group.addTask {
                        try await trial.database.write { connection throws(StorageError) in
                            let lock = connection.dialect.forUpdate
                            let rows = try connection.query("SELECT n FROM counter WHERE id = 1 \(lock)")
                            let before = try rows.first?.integer("n") ?? 0
                            try connection.execute("UPDATE counter SET n = $1 WHERE id = 1", [.integer(before + 1)])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let count = try await trial.number("SELECT n FROM counter")
            try expect(count == 200, "the counter is at \(count)")
        },
        .init("two processes write at once without an error") { trial in
            try await trial.makeNotes()
            try await trial.withAnother { other in
                try await withThrowingTaskGroup { group in
                    for (number, database) in [trial.database, other].enumerated() {
                        for writer in 0..<4 {
                            group.addTask {
                                for turn in 0..<25 {
                                    let id = Int64(number * 1_000 + writer * 100 + turn)
                                    try await database.write { connection throws(StorageError) in
                                        try connection.addNote(id)
                                    }
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            try await trial.expectNotes(200)
        },
        .init("transactions that lock the same rows in other orders all finish") { trial in
            try await trial.makeNotes()
            try await trial.run("INSERT INTO note (id, body) VALUES (1, ''), (2, '')")
            try await withThrowingTaskGroup { group in
                for number in 0..<12 {
                    group.addTask {
                        let order: [Int64] = number.isMultiple(of: 2) ? [1, 2] : [2, 1]
                        try await trial.database.write { connection throws(StorageError) in
                            for id in order {
                                try connection.execute(
                                    "UPDATE note SET body = body || 'x' WHERE id = $1", [.integer(id)])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let rows = try await trial.rows("SELECT body FROM note")
            try expect(try rows.allSatisfy { try $0.text("body").count == 12 }, "an update is lost")
        },
        .init("rows that one transaction picked are skipped or waited for, never picked twice") { trial in
            try await trial.makeNotes()
            try await trial.database.write { connection throws(StorageError) in
                try connection.insert(
                    into: "note", columns: ["id"], rows: (Int64(1)...300).map { [SQLValue.integer($0)] })
            }
            let picked = try await withThrowingTaskGroup(of: [Int64].self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        var mine: [Int64] = []
                        while true {
                            let rows = try await trial.database.write { connection throws(StorageError) in
                                try connection.query(
                                    """
                                    WITH picked AS MATERIALIZED (
                                        SELECT id AS picked_id FROM note WHERE body IS NULL ORDER BY id LIMIT 7
                                        \(connection.dialect.skipLocked)
                                    )
                                    UPDATE note SET body = $1 FROM picked WHERE id = picked_id RETURNING id
                                    """, [.text("worker \(worker)")])
                            }
                            if rows.isEmpty { return mine }
                            mine += try rows.map { try $0.integer("id") }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            // A claimer that finds all remaining rows locked ends early; what it left, another one has.
            try expect(Set(picked).count == picked.count, "a row was picked twice")
            try expect(picked.count == 300, "\(picked.count) of 300 rows were picked")
        },
        .init("reads go on while a write lasts") { trial in
            try await trial.makeNotes()
            let barrier = Barrier()
            async let written: Void = trial.database.write { connection throws(StorageError) in
                try connection.addNote(1)
                barrier.pass()
            }
            try await barrier.arrived()
            try expect(try await trial.notes() == 0, "a read saw what was not committed")
            barrier.open()
            try await written
            try expect(try await trial.notes() == 1, "the note is not there")
        },
    ]
}
