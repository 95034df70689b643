import Storage

extension DatabaseBehaviour {
    /// What goes in comes out.
    static let values: [DatabaseBehaviour] = [
        .init("every value comes back as it was, whichever way it went in") { trial in
            try await trial.run(
                "CREATE TABLE kept (id BIGINT, whole BIGINT, fraction DOUBLE PRECISION, words TEXT, bytes BYTEA)")
            let columns = ["id", "whole", "fraction", "words", "bytes"]
            let insert = "INSERT INTO kept (id, whole, fraction, words, bytes) VALUES ($1, $2, $3, $4, $5)"
            for way in ["one by one", "as a batch", "as rows"] {
                try await trial.run("DELETE FROM kept")
                try await trial.database.write { connection throws(StorageError) in
                    switch way {
                    case "one by one": for row in Self.samples { try connection.execute(insert, row) }
                    case "as a batch": try connection.execute(insert, batch: Self.samples)
                    default: try connection.insert(into: "kept", columns: columns, rows: Self.samples)
                    }
                }
                let rows = try await trial.rows("SELECT id, whole, fraction, words, bytes FROM kept ORDER BY id")
                try expect(rows.count == Self.samples.count, "\(way): \(rows.count) rows")
                for (row, sample) in zip(rows, Self.samples) where row.values != sample {
                    throw BrokenPromise(description: "\(way): \(sample) came back as \(row.values)")
                }
            }
        },
        .init("texts keep their bytes when they are compared and measured") { trial in
            try await trial.makeNotes()
            let texts = [
                "", "é", "e\u{301}", "水車", "👩‍👩‍👧‍👦", "ß'\"; DROP TABLE note; --", "a\\b\t\n\r\u{1F}\u{7F}", "\\N",
                "\u{FEFF}",
            ]
            for (index, text) in texts.enumerated() {
                try await trial.run("INSERT INTO note (id, body) VALUES ($1, $2)", [.init(index), .text(text)])
            }
            for (index, text) in texts.enumerated() {
                let found = try await trial.number("SELECT id AS n FROM note WHERE body = $1", [.text(text)])
                try expect(found == index, "'\(text)' was found at \(found)")
            }
        },
        .init("a NUL character and NaN are refused, and nothing of the call remains") { trial in
            try await trial.run("CREATE TABLE kept (id BIGINT, fraction DOUBLE PRECISION, words TEXT)")
            let insert = "INSERT INTO kept (id, fraction, words) VALUES ($1, $2, $3)"
            let good: [SQLValue] = [.integer(1), .double(1.5), .text("good")]
            for bad in [[.integer(2), .double(1), .text("a\0b")], [.integer(2), .double(.nan), .text("a")]]
                as [[SQLValue]]
            {
                try await expect(.invalid) { try await trial.run(insert, bad) }
                try await expect(.invalid) {
                    try await trial.database.write { connection throws(StorageError) in
                        _ = try connection.execute(insert, batch: [good, bad])
                    }
                }
                try await expect(.invalid) {
                    try await trial.database.write { connection throws(StorageError) in
                        try connection.insert(into: "kept", columns: ["id", "fraction", "words"], rows: [good, bad])
                    }
                }
            }
            try expect(try await trial.number("SELECT COUNT(*) AS n FROM kept") == 0, "something remained")
        },
        .init("execute tells how many rows it changed") { trial in
            try await trial.makeNotes()
            let counts = try await trial.database.write { connection throws(StorageError) in
                let insert = "INSERT INTO note (id, body) VALUES ($1, $2)"
                return [
                    try connection.execute(insert, batch: (1...5).map { [.integer($0), .text("x")] }),
                    try connection.execute("UPDATE note SET body = 'y' WHERE id > 3"),
                    try connection.execute("UPDATE note SET body = 'y' WHERE id > 30"),
                    try connection.execute(
                        "UPDATE note SET body = $2 WHERE id = $1",
                        batch: [
                            [.integer(1), .text("z")], [.integer(9), .text("z")], [.integer(2), .text("z")],
                        ]),
                    try connection.execute("SELECT id FROM note"),
                    try connection.execute("INSERT INTO note (id) VALUES (1) ON CONFLICT (id) DO NOTHING"),
                    try connection.execute("DELETE FROM note"),
                    try connection.execute("CREATE INDEX note_index ON note (body)"),
                    try connection.execute(insert, batch: []),
                ]
            }
            try expect(counts == [5, 2, 0, 2, 0, 0, 5, 0, 0], "it told \(counts)")
        },
        .init("a parameter stands wherever its number does, in any order and more than once") { trial in
            let rows = try await trial.rows(
                "SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT) || CAST($2 AS TEXT) AS joined, 1 = 1 AS yes, NULL AS absent",
                [.text("a"), .text("b")])
            try expect(try rows.first?.text("joined") == "bab", "they were joined as \(rows)")
            try expect(try rows.first?.bool("yes") == true, "a comparison is not true")
            try expect(try rows.first?["absent"] == .null, "NULL is not null")
            try await expect(.corrupt) { _ = try rows.first?["missing"] }
        },
        .init("long values and many rows pass") { trial in
            try await trial.makeNotes()
            let long = String(repeating: "水車 ", count: 500_000)
            try await trial.run("INSERT INTO note (id, body) VALUES (0, $1)", [.text(long)])
            let rows = try await trial.rows("SELECT body FROM note WHERE id = 0")
            try expect(try rows.first?.text("body") == long, "another text came back")
            try await trial.database.write { connection throws(StorageError) in
                let batch = (Int64(1)...3_000).map { [SQLValue.integer($0), .text("batch")] }
                let added = try connection.execute("INSERT INTO note (id, body) VALUES ($1, $2)", batch: batch)
                guard added == 3_000 else { throw StorageError(.corrupt, "added \(added)") }
                let more = (Int64(3_001)...20_000).map { [SQLValue.integer($0), .text("row\t\($0)")] }
                try connection.insert(into: "note", columns: ["id", "body"], rows: more)
            }
            try await trial.expectNotes(20_001)
        },
        .init("a query that is asked in a batch gives the rows of each, in order, however many") { trial in
            try await trial.makeNotes()
            let results = try await trial.database.write { connection throws(StorageError) in
                let body = SQLValue.text(String(repeating: "x", count: 400))
                try connection.insert(
                    into: "note", columns: ["id", "body"], rows: (Int64(1)...1_000).map { [.integer($0), body] })
                let below = "SELECT id, body FROM note WHERE id <= $1 ORDER BY id"
                // Far more than a socket holds.
                let many = try connection.query(below, batch: [[SQLValue]](repeating: [.integer(1_000)], count: 200))
                guard many.allSatisfy({ $0.count == 1_000 }) else { throw StorageError(.corrupt, "rows are missing") }
                return (
                    try connection.query(below, batch: [[.integer(2)], [.integer(0)], [.integer(1)]]).map(\.count),
                    try connection.query(below, batch: []).count
                )
            }
            try expect(results == ([2, 0, 1], 0), "it gave \(results)")
        },
        .init("a batch that fails in the middle leaves nothing") { trial in
            try await trial.makeNotes()
            try await expect(.conflict) {
                try await trial.database.write { connection throws(StorageError) in
                    let batch = [1, 2, 2, 3].map { [SQLValue.integer($0), .text("x")] }
                    _ = try connection.execute("INSERT INTO note (id, body) VALUES ($1, $2)", batch: batch)
                }
            }
            try await expect(.conflict) {
                try await trial.database.write { connection throws(StorageError) in
                    let rows = [1, 2, 2, 3].map { [SQLValue.integer($0), .text("x")] }
                    try connection.insert(into: "note", columns: ["id", "body"], rows: rows)
                }
            }
            try expect(try await trial.notes() == 0, "some of it is there")
        },
    ]

    private static let samples: [[SQLValue]] = [
        [.integer(1), .integer(.min), .double(0.1), .text("plain"), .blob(Array(0...255))],
        [.integer(2), .integer(.max), .double(-1e300), .text("水車 👩‍👩‍👧‍👦 e\u{301}"), .blob([])],
        [.integer(3), .null, .null, .null, .null],
        [.integer(4), .integer(0), .double(.leastNonzeroMagnitude), .text(""), .blob([0, 0])],
        [.integer(5), .integer(-1), .double(.infinity), .text("\\N\t\n\r\\"), .blob([92, 78])],
        [.integer(6), .integer(9_007_199_254_740_993), .double(-.infinity), .text("'; --"), .blob([255])],
    ]
}
