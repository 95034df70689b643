import Conformance
import Foundation
import Glibc
import Model
import Storage
import Testing

@testable import SQLiteStore

@Suite("SQLite database")
struct SQLiteDatabaseTests {
    @Test(
        "reads its URL",
        arguments: [
            "sqlite:/var/lib/suisha.db": "/var/lib/suisha.db", "sqlite:///a/b.db": "/a/b.db", "sqlite:a.db": "a.db",
        ])
    func url(text: String, path: String) throws {
        #expect(try SQLiteSettings(url: text).path == path)
    }

    @Test(
        "refuses URLs without a file, in memory, or of other databases",
        arguments: [
            "sqlite:", "sqlite::memory:", "sqlite:file:a.db?mode=memory", "sqlite:a.db?x=y", "postgres://host/db",
        ])
    func badURL(text: String) {
        let error = #expect(throws: StorageError.self) { try SQLiteSettings(url: text) }
        #expect(error?.code == .invalid)
    }

    @Test("every write that returned is there after kill -9, and the file is sound")
    func kill() async throws {
        try await DatabaseFixture.sqlite.withDatabase(migrations: []) { trial in
            try await trial.database.write { connection throws(StorageError) in
                _ = try connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT)")
            }
            let url = trial.url
            // A file of bytes that the killed process wrote after each write returned: they survive it, as a reply would.
            let acknowledged = String(url.dropFirst("sqlite:".count)) + ".acknowledged"
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [url = url as String, acknowledged = acknowledged as String] in
                try await writeUntilKilled(url: url, acknowledged: acknowledged)
            }
            let returned = try String(contentsOfFile: acknowledged, encoding: .utf8).split(separator: "\n").compactMap {
                Int64($0)
            }
            #expect(returned.count >= 200)
            let (kept, check) = try await trial.database.read { connection throws(StorageError) in
                (
                    try connection.query("SELECT id FROM note").map { $0.values[0] },
                    try connection.query("PRAGMA integrity_check").first?.values
                )
            }
            #expect(Set(returned.map { SQLValue.integer($0) }).subtracting(kept).isEmpty)
            #expect(check == [.text("ok")])
            try await trial.database.write { connection throws(StorageError) in
                _ = try connection.execute("INSERT INTO note (id) VALUES (-1)")
            }
        }
    }

    // `max_page_count` makes SQLite say what it says when the disk is full; a small disk of the test's own would need root.
    @Test("a full disk is an error that names the file; what was there stays, and writing goes on once there is room")
    func fullDisk() async throws {
        try await withFile { path in
            let database = try SQLiteDatabase(SQLiteSettings(path: path))
            try await database.write { connection throws(StorageError) in
                _ = try connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, body BLOB)")
                _ = try connection.execute("INSERT INTO note (id) VALUES (1)")
            }
            try await database.write { connection throws(StorageError) in
                _ = try connection.query("PRAGMA max_page_count = 10")
            }
            let large = [UInt8](repeating: 7, count: 1 << 20)
            let errors = await withTaskGroup(of: StorageError?.self) { group in
                for number in Int64(2)...11 {
                    group.addTask {
                        do throws(StorageError) {
                            try await database.write { connection throws(StorageError) in
                                _ = try connection.execute(
                                    "INSERT INTO note (id, body) VALUES ($1, $2)", [.integer(number), .blob(large)])
                            }
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for error in errors {
                #expect(error?.code == .full)
                #expect(error?.message.contains(path) == true)
                #expect(error?.message.contains("free some space") == true)
            }
            #expect(try await count(database) == 1)
            try await database.write { connection throws(StorageError) in
                _ = try connection.query("PRAGMA max_page_count = 100000")
            }
            try await database.write { connection throws(StorageError) in
                _ = try connection.execute("INSERT INTO note (id, body) VALUES (2, $1)", [.blob(large)])
            }
            #expect(try await count(database) == 2)
            await database.close()
        }
    }

    @Test("a file that cannot be written is an error that says so")
    func readOnly() async throws {
        try await withFile { path in
            let database = try SQLiteDatabase(SQLiteSettings(path: path))
            try await database.write { connection throws(StorageError) in
                _ = try connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY)")
            }
            await database.close()
            let manager = FileManager.default
            let folder = URL(filePath: path).deletingLastPathComponent().path
            try manager.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
            for mode in [0o555, 0o777] {
                try manager.setAttributes([.posixPermissions: mode], ofItemAtPath: folder)
                await #expect(processExitsWith: .success) { [path = path as String] in
                    // Root may write everything, so the child is nobody.
                    if getuid() == 0 { #expect(setgid(65_534) == 0 && setuid(65_534) == 0) }
                    let error = await #expect(throws: StorageError.self) {
                        let database = try SQLiteDatabase(SQLiteSettings(path: path))
                        try await database.write { connection throws(StorageError) in
                            _ = try connection.execute("INSERT INTO note (id) VALUES (2)")
                        }
                    }
                    #expect(error?.code == .readOnly)
                    #expect(error?.message.contains(path) == true)
                    #expect(error?.message.contains("check") == true)
                }
            }
        }
    }

    @Test("a file that is no database, and a folder that cannot be made, are errors that name the path")
    func badFiles() async throws {
        try await withFile { file in
            try Data("this is a text, and long enough to be taken for a header of a database file, or so".utf8)
                .write(to: URL(filePath: file))
            let text = #expect(throws: StorageError.self) { try SQLiteDatabase(SQLiteSettings(path: file)) }
            #expect(text?.code == .corrupt)
            #expect(text?.message.contains(file) == true)
            let below = file + "/below/new.db"
            let missing = #expect(throws: StorageError.self) { try SQLiteDatabase(SQLiteSettings(path: below)) }
            #expect(missing?.code == .unavailable)
            #expect(missing?.message.contains(below) == true)
        }
    }

    @Test("the file and what belongs to it is for its owner only")
    func permissions() async throws {
        try await DatabaseFixture.sqlite.withDatabase { trial in
            let path = String(trial.url.dropFirst("sqlite:".count))
            for file in [path, path + "-wal", path + "-shm"] {
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(file)")
            }
        }
    }

    @Test("a writer of another process that never ends is waited for until the deadline, with one error for everybody")
    func lockedFile() async throws {
        try await DatabaseFixture.sqlite.withDatabase { trial in
            var settings = try SQLiteSettings(url: trial.url)
            settings.lockTimeout = .milliseconds(50)
            let other = try SQLiteDatabase(settings)
            let (held, holds) = AsyncStream.makeStream(of: Void.self)
            let release = DispatchSemaphore(value: 0)
            async let holding: Void = trial.database.write { connection throws(StorageError) in
                _ = try connection.query("SELECT 1")
                holds.yield()
                _ = release.wait(timeout: .now() + 120)
            }
            for await _ in held { break }
            let errors = await withTaskGroup(of: StorageError?.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        do throws(StorageError) {
                            try await other.announce("x")
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            release.signal()
            try await holding
            #expect(errors.count == 5)
            #expect(errors.allSatisfy { $0?.code == .busy && $0?.message.contains("Another process") == true })
            // The commit of what held it may take longer than the short wait of this one.
            try await eventually("it can be written again") {
                do { try await other.announce("x") } catch { return false }
                return true
            }
            await other.close()
        }
    }
}

/// Gives `body` the path of a file that is not there yet, in a folder of its own.
private func withFile(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("suisha-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.appendingPathComponent("test.db").path)
}

private func count(_ database: SQLiteDatabase) async throws -> Int64? {
    try await database.read { connection throws(StorageError) in
        try connection.query("SELECT COUNT(*) AS n FROM note").first?.integer("n")
    }
}

/// Adds notes from several tasks, notes on disk which writes returned, and kills this process in the middle.
private func writeUntilKilled(url: String, acknowledged: String) async throws {
    let database = try SQLiteDatabase.open(url: url)
    let file = open(acknowledged, O_CREAT | O_WRONLY | O_APPEND, 0o600)
    try await withThrowingTaskGroup { group in
        for writer in Int64(0)..<8 {
            group.addTask {
                for turn in Int64(0)... {
                    let id = writer * 1_000_000 + turn
                    try await database.write { connection throws(StorageError) in
                        _ = try connection.execute("INSERT INTO note (id, body) VALUES ($1, 'kept')", [.integer(id)])
                    }
                    let line = "\(id)\n"
                    _ = write(file, line, line.utf8.count)
                    if writer == 0, turn == 60 { kill(getpid(), SIGKILL) }
                }
            }
        }
        try await group.waitForAll()
    }
}
