import Storage

extension DatabaseBehaviour {
    /// What `announce` and `signals` promise.
    static let signals: [DatabaseBehaviour] = [
        .init("an announcement wakes this process and others, after the commit") { trial in
            try await trial.makeNotes()
            try await trial.withAnother { other in
                let here = trial.database.signals(for: "news")
                let there = other.signals(for: "news")
                try await trial.database.write { connection throws(StorageError) in
                    try connection.addNote(1)
                    connection.announce("news")
                }
                try await expectSignal(here, "in this process")
                try await expectSignal(there, "in another process")
                let rows = try await other.read { connection throws(StorageError) in
                    try connection.query("SELECT id FROM note")
                }
                try expect(rows.count == 1, "the signal came before the note")
            }
        },
        .init("a body that failed announces nothing") { trial in
            let failed = trial.database.signals(for: "failed")
            let kept = trial.database.signals(for: "kept")
            try await expect(.full) {
                try await trial.database.write { connection throws(StorageError) in
                    connection.announce("failed")
                    throw StorageError(.full, "enough")
                }
            }
            try await trial.database.announce("kept")
            try await expectSignal(kept, "of the write that came later")
            await trial.database.close()
            var count = 0
            for await _ in failed { count += 1 }
            try expect(count == 0, "somebody was woken")
        },
        .init("signals that nobody reads merge into one, and end when the database closes") { trial in
            let signals = trial.database.signals(for: "busy")
            for _ in 0..<50 { try await trial.database.announce("busy") }
            await trial.database.close()
            var count = 0
            for await _ in signals { count += 1 }
            try expect(count == 1, "\(count) signals were kept")
        },
        .init("thousands of keys in one transaction all reach another process") { trial in
            try await trial.withAnother { other in
                let long = String(repeating: "k", count: 190)
                let first = other.signals(for: "\(long)0")
                let last = other.signals(for: "\(long)1999")
                try await trial.database.write { connection throws(StorageError) in
                    for number in 0..<2_000 { connection.announce("\(long)\(number)") }
                }
                try await expectSignal(first, "for the first key")
                try await expectSignal(last, "for the last key")
            }
        },
    ]
}
