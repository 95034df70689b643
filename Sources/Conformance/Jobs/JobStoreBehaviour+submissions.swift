import Model
import Storage

extension JobStoreBehaviour {
    /// What `submit` promises.
    static let submissions: [JobStoreBehaviour] = [
        .init("a submitted job waits in its lane, is then ready, holds what was given, and its journal begins") {
            trial in
            let new = trial.newJob(input: #"{"text":"水車 👩‍👩‍👧‍👦"}"#, priority: 3, maxAttempts: 7)
            let submitted = try await trial.submit(new)
            try expect(!submitted.existing, "it existed before")
            let job = try await trial.job(new.id)
            try expect(submitted.job.state == .parked, "it came back as \(submitted.job.state)")
            var stored = submitted.job
            stored.state = .ready
            try expect(job == stored, "another job came back than is stored")
            try expect(
                job.state == .ready && job.kind == "trial" && job.input == new.input && job.priority == 3
                    && job.maxAttempts == 7 && job.epoch == 0 && job.attempt == 0 && job.request == "req_1"
                    && job.workspace == trial.workspace && job.startedAt == nil && job.finishedAt == nil,
                "the stored job is \(job)")
            let events = try await trial.journal(new.id)
            try expect(events.map(\.data.text) == [#"{"state":"parked"}"#], "the journal is \(events)")
        },
        .init("what a caller stores with its jobs is there with them, or neither is") { trial in
            try await trial.database.database.write { connection throws(StorageError) in
                _ = try connection.execute("CREATE TABLE invoice (job UUID NOT NULL, existed INTEGER NOT NULL)")
            }
            let submit = { (jobs: [NewJob], fails: Bool) in
                try await trial.store.submit(jobs, within: DepthBounds(total: 100)) {
                    connection, submitted throws(StorageError) in
                    try connection.execute(
                        "INSERT INTO invoice (job, existed) VALUES ($1, $2)",
                        batch: submitted.map { [SQLValue($0.job.id), SQLValue($0.existing)] })
                    if fails { throw StorageError(.conflict, "The caller changed its mind.") }
                    return submitted.map(\.existing)
                }
            }
            let undone = [trial.newJob(key: "invoice"), trial.newJob()]
            try await expect(.conflict) { _ = try await submit(undone, true) }
            for job in undone {
                try expect(try await trial.store.job(job.id, in: trial.workspace) == nil, "an undone job is stored")
            }
            let session = try await trial.openSession()
            try expect(try await trial.claim(session, limit: 9).isEmpty, "an undone job is ready")
            // Its key is free, and a job that was there is said to have been.
            let done = trial.newJob(input: #"{"other":1}"#, key: "invoice")
            try expect(try await submit([done], false) == [false], "the key of an undone job is taken")
            try expect(try await submit([done, trial.newJob()], false) == [true, false], "the first is not known")
            let rows = try await trial.database.database.read { connection throws(StorageError) in
                try connection.query("SELECT job FROM invoice WHERE job = $1", [SQLValue(done.id)]).count
            }
            try expect(rows == 2, "\(rows) rows of the caller are there")
            try expect(try await trial.claim(session, limit: 9).count == 2, "the stored jobs are not ready")
        },
        .init("of several jobs all are stored or none") { trial in
            try await trial.submit(trial.newJob(key: "taken"))
            let good = trial.newJob(key: "good")
            let bad = trial.newJob(input: "[1]", key: "taken")
            try await expect(.conflict) { _ = try await trial.store.submit([good, bad], maximumDepth: 100) }
            try expect(try await trial.store.job(good.id, in: trial.workspace) == nil, "the good one is stored")
            try expect(try await !trial.submit(trial.newJob(key: "good")).existing, "its key is taken")
        },
        .init("a full queue still gives the job of a known idempotency key") { trial in
            let first = try await trial.submit(trial.newJob(key: "known")).job.id
            let again = try await trial.store(on: trial.database.database)
                .submit([trial.newJob(key: "known")], maximumDepth: 1)
            try expect(again.map(\.job.id) == [first] && again.allSatisfy(\.existing), "it is \(again)")
        },
        .init("a full queue refuses more jobs, in words, and takes them once there is room") { trial in
            try await trial.submit(count: 2)
            func store() -> SQLJobStore { trial.store(on: trial.database.database) }
            try await expect(.limited) {
                _ = try await store().submit([trial.newJob(), trial.newJob()], maximumDepth: 3)
            }
            let bounded = store()
            _ = try await bounded.submit([trial.newJob()], maximumDepth: 3)
            let message = try await expect(.limited) { _ = try await bounded.submit([trial.newJob()], maximumDepth: 3) }
            try expect(message.contains("at most 3"), "the message is: \(message)")
            try await expect(.limited) { _ = try await bounded.submit([trial.newJob(key: "new")], maximumDepth: 3) }
            try await trial.store.finish(.succeeded(.emptyObject), under: trial.lease())
            _ = try await store().submit([trial.newJob()], maximumDepth: 3)
        },
        .init("a batch is stored with its jobs in order, and its states always add up to its size") { trial in
            let batch = NewBatch(
                workspace: trial.workspace, kind: "trial", jobs: (0..<5).map { trial.newJob(input: "[\($0)]") },
                idempotencyKey: "batch", inputHash: "one")
            let first = try await trial.store.submit(batch, maximumDepth: 100)
            try expect(
                !first.existing && first.batch.size == 5 && first.batch.states == ["parked": 5], "it is \(first)")
            let listed = try await trial.store.jobs(
                matching: .init(batch: batch.id), in: trial.workspace, before: nil, limit: 10)
            try expect(Set(listed.map(\.id)) == Set(batch.jobs.map(\.id)), "the list holds other jobs")
            let session = try await trial.openSession()
            for leased in try await trial.claim(session, limit: 2) {
                try await trial.store.finish(.succeeded(.emptyObject), under: leased.lease)
            }
            let half = try await trial.store.batch(batch.id, in: trial.workspace)
            try expect(
                half?.states == ["ready": 3, "succeeded": 2] && half?.isFinished == false, "it is \(half as Any)")
            for leased in try await trial.claim(session, limit: 5) {
                try await trial.store.finish(.dead(JobStoreTrial.failure), under: leased.lease)
            }
            let done = try await trial.store.batch(batch.id, in: trial.workspace)
            try expect(done?.states == ["dead": 3, "succeeded": 2] && done?.isFinished == true, "it is \(done as Any)")
        },
        .init("a batch's key gives the first batch again, and refuses another input") { trial in
            func batch(_ hash: String) -> NewBatch {
                NewBatch(
                    workspace: trial.workspace, kind: "trial", jobs: [trial.newJob(), trial.newJob()],
                    idempotencyKey: "batch", inputHash: hash)
            }
            let first = try await trial.store.submit(batch("one"), maximumDepth: 100)
            let again = try await trial.store.submit(batch("one"), maximumDepth: 100)
            try expect(again.existing && again.batch.id == first.batch.id, "another batch came back")
            try await expect(.conflict) { _ = try await trial.store.submit(batch("two"), maximumDepth: 100) }
            let depth = try await trial.store.depth().reduce(0) { $0 + $1.count }
            try expect(depth == 2, "there are \(depth) jobs")
        },
        .init("a batch with an item that cannot be stored leaves nothing") { trial in
            let twice = trial.newJob()
            let batch = NewBatch(
                workspace: trial.workspace, kind: "trial", jobs: [trial.newJob(), twice, twice],
                idempotencyKey: "batch",
                inputHash: "one")
            try await expect(.conflict) { _ = try await trial.store.submit(batch, maximumDepth: 100) }
            try expect(try await trial.store.batch(batch.id, in: trial.workspace) == nil, "the batch is there")
            try expect(try await trial.store.depth().isEmpty, "a job is there")
            let better = NewBatch(
                workspace: trial.workspace, kind: "trial", jobs: [trial.newJob()], idempotencyKey: "batch",
                inputHash: "two")
            try expect(try await !trial.store.submit(better, maximumDepth: 100).existing, "its key is taken")
        },
        .init("a delayed job is never early, and nothing waits for it") { trial in
            let late = try await trial.submit(trial.newJob(priority: 100, delay: .seconds(60))).job
            try expect(late.state == .scheduled && late.runAt - late.createdAt >= .seconds(60), "it is \(late)")
            let session = try await trial.openSession()
            let other = try await trial.submit(count: 1)
            try expect(
                try await trial.claim(session, limit: 5).map(\.job.id) == other,
                "the delayed job was claimed, or blocked one")
            trial.clock.advance(by: .seconds(50))
            let report = try await trial.store.sweep()
            try expect(report.due == 0 && report.nextDue == late.runAt, "the report is \(report)")
            try await trial.expectState(.scheduled, of: late.id)
            trial.clock.advance(by: .seconds(11))
            try expect(try await trial.store.sweep().due == 1, "nothing was due")
            try await trial.expectState(.ready, of: late.id)
            let events = try await trial.journal(late.id)
            try expect(events.last.map { $0.at >= late.runAt } == true, "it became ready early: \(events)")
            try expect(try await trial.store.sweep() == SweepReport(), "a second sweep found more")
        },
    ]

    /// What idempotency keys promise.
    static let keys: [JobStoreBehaviour] = [
        .init("100 submissions of one key at once give one job, over several processes") { trial in
            try await trial.database.withAnother { other in
                let stores = [trial.store, trial.store(on: other)]
                let submitted = try await withThrowingTaskGroup(of: [SubmittedJob].self) { group in
                    for number in 0..<100 {
                        group.addTask {
                            try await stores[number % 2].submit([trial.newJob(key: "one")], maximumDepth: 1_000)
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                try expect(submitted.count == 100, "\(submitted.count) answers came")
                try expect(Set(submitted.map(\.job.id)).count == 1, "there are several jobs")
                try expect(submitted.count { !$0.existing } == 1, "not exactly one was the first")
            }
            let depth = try await trial.store.depth().reduce(0) { $0 + $1.count }
            try expect(depth == 1, "\(depth) jobs are stored")
        },
        .init("a key with another input is a conflict; in another kind or workspace it is another key") { trial in
            let first = try await trial.submit(trial.newJob(key: "one"))
            let message = try await expect(.conflict) { try await trial.submit(trial.newJob(input: "[1]", key: "one")) }
            try expect(message.contains("'one'"), "the message does not name the key: \(message)")
            let kind = try await trial.submit(trial.newJob(kind: "other", key: "one"))
            let workspace = try await trial.submit(trial.newJob(key: "one", in: WorkspaceID()))
            try expect(Set([first.job.id, kind.job.id, workspace.job.id]).count == 3, "a key crossed a border")
            try expect(try await trial.submit(trial.newJob(key: "one")).existing, "the first one is forgotten")
        },
        .init("a key lasts as long as its job is not finished, whatever happens to it") { trial in
            let first = try await trial.submit(trial.newJob(key: "one")).job.id
            for _ in 0..<2 {
                _ = try await trial.lease()
                trial.clock.advance(by: .seconds(40 * 86_400))
                _ = try await trial.store.sweep()
                let again = try await trial.submit(trial.newJob(key: "one"))
                try expect(again.existing && again.job.id == first, "the key was forgotten")
            }
        },
        .init("a key is kept for a day after its job's end, and then it is free") { trial in
            for sweeps in [true, false] {
                let first = try await trial.submit(trial.newJob(key: "one"))
                try expect(!first.existing, "the key is not free")
                try await trial.store.finish(.succeeded(.emptyObject), under: trial.lease())
                trial.clock.advance(by: .seconds(23 * 3_600))
                _ = try await trial.store.sweep()
                try expect(
                    try await trial.submit(trial.newJob(key: "one")).job.id == first.job.id, "it was forgotten early")
                trial.clock.advance(by: .seconds(2 * 3_600))
                if sweeps { _ = try await trial.store.sweep() }
            }
            try expect(try await !trial.submit(trial.newJob(key: "one")).existing, "the key was never forgotten")
        },
        .init("a replayed job takes its key along") { trial in
            let first = try await trial.submit(trial.newJob(key: "one")).job.id
            try await trial.store.finish(.dead(JobStoreTrial.failure), under: trial.lease())
            _ = try await trial.store.replay(first, in: trial.workspace)
            trial.clock.advance(by: .seconds(30 * 3_600))
            _ = try await trial.store.sweep()
            let again = try await trial.submit(trial.newJob(key: "one"))
            try expect(again.existing && again.job.id == first, "the key was forgotten while its job waits")
        },
    ]
}
