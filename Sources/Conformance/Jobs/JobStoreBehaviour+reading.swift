import Model
import Storage

extension JobStoreBehaviour {
    /// What the API and the console read.
    static let reading: [JobStoreBehaviour] = [
        .init("nothing of a workspace is found or changed from another") { trial in
            let batch = NewBatch(
                workspace: trial.workspace, kind: "trial", jobs: [trial.newJob()], idempotencyKey: nil, inputHash: "one"
            )
            _ = try await trial.store.submit(batch, maximumDepth: 10)
            let lease = try await trial.lease()
            _ = try await trial.store.record(
                [
                    JobStoreTrial.log("x"), JobStoreTrial.step("s", key: "k", result: "{}"),
                    JobStoreTrial.artifact("a", object: "a"),
                ],
                under: lease)
            let (store, stranger, id) = (trial.store, WorkspaceID(), lease.job)
            try expect(try await store.job(id, in: stranger) == nil, "the job is found")
            try expect(
                try await store.events(of: id, in: stranger, after: 0, type: nil, limit: 10).isEmpty, "events are found"
            )
            try expect(try await store.steps(of: id, in: stranger).isEmpty, "steps are found")
            try expect(try await store.artifacts(of: id, in: stranger).isEmpty, "files are found")
            try expect(try await store.batch(batch.id, in: stranger) == nil, "the batch is found")
            let lists = [JobFilter(), JobFilter(batch: batch.id)]
            for filter in lists {
                let jobs = try await store.jobs(matching: filter, in: stranger, before: nil, limit: 10)
                try expect(jobs.isEmpty, "the list holds \(jobs)")
            }
            try await expect(.notFound) { _ = try await store.cancel(id, in: stranger) }
            try await store.finish(.dead(JobStoreTrial.failure), under: lease)
            try await expect(.notFound) { _ = try await store.replay(id, in: stranger) }
            try await trial.expectState(.dead, of: id)
        },
        .init("a list is newest first, pages without gaps, and filters by state and kind") { trial in
            var ids: [JobID] = []
            for number in 0..<25 {
                ids.append(
                    try await trial.submit(trial.newJob(kind: number.isMultiple(of: 5) ? "other" : "trial")).job.id)
            }
            ids.sort { $0 > $1 }
            var paged: [JobID] = []
            while true {
                let page = try await trial.store.jobs(
                    matching: .init(), in: trial.workspace, before: paged.last, limit: 7)
                if page.isEmpty { break }
                paged += page.map(\.id)
            }
            try expect(paged == ids, "the pages hold \(paged.count) jobs")
            let session = try await trial.openSession()
            let leases = try await trial.claim(session, limit: 4)
            try await trial.store.finish(.succeeded(.emptyObject), under: leases[0].lease)
            let filters: [(JobFilter, Int)] = [
                (.init(states: [.leased]), 3), (.init(states: [.leased, .succeeded]), 4), (.init(kind: "other"), 5),
                (.init(states: [.ready], kind: "trial"), 16), (.init(states: [.dead]), 0),
            ]
            for (filter, expected) in filters {
                let jobs = try await trial.store.jobs(matching: filter, in: trial.workspace, before: nil, limit: 100)
                let found = jobs.count
                try expect(found == expected, "\(filter) finds \(found) instead of \(expected)")
            }
            let depth = Set(try await trial.store.depth())
            let expected: Set<JobDepth> = [
                .init(kind: "trial", state: .ready, count: 16), .init(kind: "other", state: .ready, count: 5),
                .init(kind: "trial", state: .leased, count: 3),
            ]
            try expect(depth == expected, "the depth is \(depth)")
        },
        .init("an overview has the states of all workspaces, who has and who waits, and how long the oldest waited") {
            trial in
            let session = try await trial.openSession()
            let other = WorkspaceID()
            try await trial.store.setLimit(WorkspaceLimit(weight: 3), of: other)
            _ = try await trial.leased(trial.newJob(), for: session)
            try await trial.submit(trial.newJob(delay: .seconds(600)))
            let idle = try await trial.store.overview()
            try expect(idle.lag == nil && idle.workers == 1, "it is \(idle)")
            try await trial.submit(trial.newJob(in: other))
            trial.clock.advance(by: .seconds(7))
            try await trial.submit(trial.newJob(in: other))
            let overview = try await trial.store.overview()
            try expect(
                overview.states[.leased] == 1 && overview.states[.scheduled] == 1
                    && (overview.states[.ready] ?? 0) + (overview.states[.parked] ?? 0) == 2,
                "the states are \(overview.states)")
            try expect(
                Set(overview.workspaces) == [
                    .init(workspace: trial.workspace, running: 1),
                    .init(workspace: other, waiting: 2, weight: 3),
                ], "the workspaces are \(overview.workspaces)")
            let lag = overview.lag ?? .zero
            try expect(lag >= .seconds(7) && lag < .seconds(60), "the lag is \(lag)")
        },
        .init("a journal pages from any position and filters by type") { trial in
            let lease = try await trial.leased()
            for number in 0..<5 { _ = try await trial.store.record([JobStoreTrial.log("\(number)")], under: lease) }
            func positions(after: Int64, type: JobEvent.Kind?, limit: Int) async throws -> [Int64] {
                try await trial.store.events(of: lease.job, in: trial.workspace, after: after, type: type, limit: limit)
                    .map(\.position)
            }
            let pages: [(after: Int64, type: JobEvent.Kind?, limit: Int, expected: [Int64])] = [
                (0, nil, 3, [1, 2, 3]), (3, nil, 3, [4, 5, 6]), (7, nil, 9, []), (0, .log, 2, [3, 4]),
                (4, .log, 9, [5, 6, 7]),
                (0, .error, 9, []),
            ]
            for page in pages {
                let found = try await positions(after: page.after, type: page.type, limit: page.limit)
                try expect(found == page.expected, "after \(page.after): \(found) instead of \(page.expected)")
            }
        },
    ]

    /// Who is woken.
    static let signals: [JobStoreBehaviour] = [
        .init("workers are woken when a job becomes ready: submitted, due, handed back, lost, replayed") { trial in
            try await trial.database.withAnother { other in
                let there = trial.store(on: other)
                func woken(_ what: String, by action: () async throws -> Void) async throws {
                    let (here, elsewhere) = (trial.listening(trial.store), trial.listening(there))
                    try await action()
                    try await here(what)
                    try await elsewhere(what + ", in another process")
                }
                let id = try await trial.submit(trial.newJob(delay: .seconds(60))).job.id
                try await woken("a job was submitted") { try await trial.submit(trial.newJob(priority: -1)) }
                trial.clock.advance(by: .seconds(61))
                try await woken("a job was due") { _ = try await trial.store.sweep() }
                let lease = try await trial.lease()
                try expect(lease.job == id, "another job was claimed")
                try await woken("a job was handed back") { try await trial.store.finish(.handedBack, under: lease) }
                _ = try await trial.lease()
                try await woken("a job was lost") { try await trial.loseWorkers() }
                try await trial.store.finish(.dead(JobStoreTrial.failure), under: trial.lease())
                try await woken("a job was replayed") { _ = try await trial.store.replay(id, in: trial.workspace) }
            }
        },
        .init("whoever watches a job or a workspace is woken by every change, in any process") { trial in
            let lease = try await trial.leased()
            try await trial.database.withAnother { other in
                let there = trial.store(on: other)
                func woken(_ what: String, alsoList: Bool, by action: () async throws -> Void) async throws {
                    let (here, elsewhere) = (trial.store.changes(of: lease.job), there.changes(of: lease.job))
                    let list = there.changes(in: trial.workspace)
                    try await action()
                    try await expectSignal(here, what)
                    try await expectSignal(elsewhere, what + ", in another process")
                    if alsoList { try await expectSignal(list, what + ", for the list") }
                }
                try await woken("progress", alsoList: false) {
                    _ = try await trial.store.record(
                        [.progress(JobProgress(stage: "render", percent: 1))], under: lease)
                }
                try await woken("a line of its log", alsoList: false) {
                    _ = try await trial.store.record([JobStoreTrial.log("x")], under: lease)
                }
                try await woken("a request to stop", alsoList: false) {
                    _ = try await trial.store.cancel(lease.job, in: trial.workspace)
                }
                try await woken("its end", alsoList: true) { try await trial.store.finish(.canceled, under: lease) }
            }
        },
    ]
}
