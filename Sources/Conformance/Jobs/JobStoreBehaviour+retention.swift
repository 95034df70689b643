import Model
import Storage

extension JobStoreBehaviour {
    /// What is removed some time after a job's end, and what is not.
    static let retention: [JobStoreBehaviour] = [
        .init("jobs that ended long ago are removed with all that hangs on them, and no other ones") { trial in
            let session = try await trial.openSession()
            let old = try await trial.submit(trial.newJob(input: #"{"file":"\#(upload(1))"}"#, key: "old")).job.id
            let kept = try await trial.submit(trial.newJob(input: #"{"file":"\#(upload(2))"}"#)).job.id
            for leased in try await trial.claim(session, limit: 2) {
                _ = try await trial.store.record(
                    [
                        JobStoreTrial.artifact("a", object: leased.job.id == old ? "own" : "other"),
                        JobStoreTrial.artifact("b", object: "shared"),
                    ], under: leased.lease)
                if leased.job.id == old {
                    try await trial.store.finish(.succeeded(.emptyObject), under: leased.lease)
                } else {
                    try await trial.store.finish(.dead(failure), under: leased.lease)
                }
            }
            trial.clock.advance(by: .seconds(10 * 86_400))
            // What came late, what waits, what runs, and what was started anew.
            let waiting = try await trial.submit(trial.newJob(delay: .seconds(86_400))).job.id
            _ = try await trial.store.replay(kept, in: trial.workspace, input: nil)
            let early = try await trial.store.removeFinished(olderThan: .seconds(20 * 86_400), after: nil, limit: 100)
            try expect(early == RemovedJobs(), "something was removed too early: \(early)")

            let removed = try await trial.store.removeFinished(olderThan: .seconds(5 * 86_400), after: nil, limit: 100)
            try expect(removed.count == 1, "\(removed.count) jobs were removed")
            try expect(removed.uploads == [upload(1)], "the uploads were \(removed.uploads)")
            for (id, isThere) in [(old, false), (kept, true), (waiting, true)] {
                let found = try await trial.store.job(id, in: trial.workspace)
                try expect((found != nil) == isThere, "job \(id) is there: \(found != nil)")
            }
            for table in ["event", "artifact", "idempotency"] {
                let left = try await trial.database.database.read { connection throws(StorageError) in
                    try connection.query("SELECT job FROM \(table) WHERE job = $1", [SQLValue(old)]).count
                }
                try expect(left == 0, "\(left) rows of \(table) are left")
            }
            // Its key is free for another job.
            let next = try await trial.submit(trial.newJob(input: #"{"other":1}"#, key: "old"))
            try expect(!next.existing, "the key of the removed job is still taken")
        },
        .init("results of steps go when they are old, by the plan of their workspace") { trial in
            let lease = try await trial.leased()
            let other = WorkspaceID()
            try await trial.database.database.write { connection throws(StorageError) in
                try connection.execute(
                    "INSERT INTO step_result (workspace, key, result, created_at) VALUES ($1, $2, '{}', now_us() - $3)",
                    batch: [trial.workspace, other].flatMap { workspace in
                        (1...5).map { day in
                            [
                                SQLValue(workspace), .text("day \(day)"),
                                .integer(Duration.seconds(day * 86_400).microseconds),
                            ]
                        }
                    })
                try connection.execute(
                    "INSERT INTO workspace_limit (workspace, weight, retention) VALUES ($1, 1, $2)",
                    [SQLValue(other), .integer(Duration.seconds(86_400 * 3 / 2).microseconds)])
            }
            let age = Duration.seconds(86_400 * 7 / 2)
            var counts: [Int] = []
            repeat {
                counts.append(try await trial.store.removeStepResults(olderThan: age, limit: 4))
            } while counts.last == 4
            try expect(counts == [4, 2], "\(counts) were removed")
            for (workspace, day, isThere) in [
                (trial.workspace, 3, true), (trial.workspace, 4, false), (other, 1, true), (other, 2, false),
            ] {
                let found = try await trial.store.stepResult("day \(day)", in: workspace) != nil
                try expect(found == isThere, "the result of day \(day) is there: \(found)")
            }
            try await trial.store.finish(.succeeded(.emptyObject), under: lease)
        },
        .init("removing goes on where it stopped, and a batch goes with its last job") { trial in
            let jobs = (0..<5).map { _ in trial.newJob() }
            let batch = try await trial.store.submit(
                NewBatch(workspace: trial.workspace, kind: "trial", jobs: jobs, idempotencyKey: nil, inputHash: "x"),
                maximumDepth: 1_000)
            let session = try await trial.openSession()
            for leased in try await trial.claim(session, limit: 5) {
                try await trial.store.finish(.succeeded(.emptyObject), under: leased.lease)
            }
            trial.clock.advance(by: .seconds(86_400))
            var position: JobID?
            var counts: [Int] = []
            repeat {
                let removed = try await trial.store.removeFinished(olderThan: .seconds(60), after: position, limit: 2)
                counts.append(removed.count)
                position = removed.position
                let found = try await trial.store.batch(batch.batch.id, in: trial.workspace)
                try expect((found != nil) == (counts.reduce(0, +) < 5), "the batch after \(counts)")
            } while position != nil
            try expect(counts == [2, 2, 1], "the removals were \(counts)")
        },
    ]

    private static func upload(_ number: Int) -> String { "uploads/00000000-0000-7000-8000-00000000000\(number)" }

    private static let failure = JobFailure(code: "trial", message: "It failed.", retryable: false)
}
