import Conformance
import Foundation
import Storage
import Testing

/// Measures, and judges nothing: the numbers of `docs/databases.md` come from here.
@Suite(
    "speed of the databases",
    .enabled(if: ProcessInfo.processInfo.environment["MEASURE_DATABASES"] != nil, "set MEASURE_DATABASES=1"),
    .serialized)
struct DatabaseSpeedTests {
    @Test("writes per second", arguments: DatabaseFixture.all)
    func writes(fixture: DatabaseFixture) async throws {
        for callers in [1, 8, 64, 256] {
            try await fixture.withDatabase(migrations: []) { trial in
                try await trial.database.write { connection throws(StorageError) in
                    _ = try connection.execute("CREATE TABLE note (id BIGINT NOT NULL PRIMARY KEY, body TEXT)")
                }
                let (began, limit) = (ContinuousClock.now, Duration.seconds(3))
                let writes = try await withThrowingTaskGroup(of: Int64.self) { group in
                    for caller in 0..<Int64(callers) {
                        group.addTask {
                            var count: Int64 = 0
                            while ContinuousClock.now - began < limit {
                                let id = caller << 32 + count
                                try await trial.database.write { connection throws(StorageError) in
                                    _ = try connection.execute(
                                        "INSERT INTO note (id, body) VALUES ($1, 'one row')", [.integer(id)])
                                }
                                count += 1
                            }
                            return count
                        }
                    }
                    return try await group.reduce(0, +)
                }
                print("\(fixture): \(writes / 3) durable writes/s from \(callers) callers")
            }
        }
    }

    @Test("rows per second in one transaction", arguments: DatabaseFixture.all)
    func rows(fixture: DatabaseFixture) async throws {
        for way in ["batch", "insert"] {
            try await fixture.withDatabase(migrations: []) { trial in
                let clock = ContinuousClock()
                let taken = try await clock.measure {
                    try await trial.database.write { connection throws(StorageError) in
                        _ = try connection.execute("CREATE TABLE note (id BIGINT NOT NULL PRIMARY KEY, body TEXT)")
                        let rows = (Int64(0)..<100_000).map { [SQLValue.integer($0), .text("one row")] }
                        if way == "batch" {
                            _ = try connection.execute("INSERT INTO note (id, body) VALUES ($1, $2)", batch: rows)
                        } else {
                            try connection.insert(into: "note", columns: ["id", "body"], rows: rows)
                        }
                    }
                }
                print("\(fixture): \(Int(100_000 / (taken / .seconds(1)))) rows/s by \(way)")
            }
        }
    }
}
