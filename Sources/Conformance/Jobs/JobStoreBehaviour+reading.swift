import Model
import Storage

extension JobStoreBehaviour {
    /// What the API and the console read.
    static let reading: [JobStoreBehaviour] = [
        .init("nothing of a workspace is found or changed from another") { trial in
            let batch = NewBatch(
                workspace: trial.workspace, kind: "trial", jobs: [trial.newJob()], idempotencyKey: nil, inputHash: "one")
            _ = try await trial.store.submit(batch, maximumDepth: 10)
            let lease = try await trial.lease()
            _ = try await trial.store.record(
                [JobStoreTrial.log("x"), JobStoreTrial.step("s", key: "k", result: "{}"), JobStoreTrial.artifact("a", object: "a")],
                under: lease)
            let (store, stranger, id) = (trial.store, WorkspaceID(), lease.job)
            try expect(try await store.job(id, in: stranger) == nil, "the job is found")
            try expect(try await store.events(of: id, in: stranger, after: 0, type: nil, limit: 10).isEmpty, "events are found")
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
                ids.append(try await trial.submit(trial.newJob(kind: number.isMultiple(of: 5) ? "other" : "trial")).job.id)
            }
            ids.sort(by: >)
            var paged: [JobID] = []
            while true {
                let page = try await trial.store.jobs(matching: .init(), in: trial.workspace, before: paged.last, limit: 7)
                if page.isEmpty { break }
                paged += page.map(\.id)
            }
            try expect(paged == ids, "the pages hold \(paged.count) jobs")
            let leases = try await trial.claim(trial.openSession(), limit: 4)
            try await trial.store.finish(.succeeded(.emptyObject), under: leases[0].lease)
            func count(_ filter: JobFilter) async throws -> Int {
                try await trial.store.jobs(matching: filter, in: trial.workspace, before: nil, limit: 100).count
            }
            let counts = try await [
                count(.init(states: [.leased])), count(.init(states: [.leased, .succeeded])), count(.init(kind: "other")),
                count(.init(states: [.ready], kind: "trial")), count(.init(states: [.dead])),
            ]
            try expect(counts == [3, 4, 5, 16, 0], "the counts are \(counts)")
            let depth = Set(try await trial.store.depth())
            let expected: Set<JobDepth> = [
                .init(kind: "trial", state: .ready, count: 16), .init(kind: "other", state: .ready, count: 5),
                .init(kind: "trial", state: .leased, count: 3),
            ]
            try expect(depth == expected, "the depth is \(depth)")
        },
        .init("a journal pages from any position and filters by type") { trial in
            let lease = try await trial.leased()
            for number in 0..<5 { _ = try await trial.store.record([JobStoreTrial.log("\(number)")], under: lease) }
            func positions(after: Int64, type: JobEvent.Kind? = nil, limit: Int = 100) async throws -> [Int64] {
                try await trial.store.events(of: lease.job, in: trial.workspace, after: after, type: type, limit: limit).map(\.position)
            }
            let pages = try await [
                positions(after: 0, limit: 3), positions(after: 3, limit: 3), positions(after: 7),
                positions(after: 0, type: .log, limit: 2), positions(after: 4, type: .log), positions(after: 0, type: .error),
            ]
            try expect(pages == [[1, 2, 3], [4, 5, 6], [], [3, 4], [5, 6, 7], []], "the pages are \(pages)")
        },
    ]

    /// Who is woken.
    static let signals: [JobStoreBehaviour] = [
        .init("workers are woken when a job becomes ready: submitted, due, handed back, lost, replayed") { trial in
            try await trial.database.withAnother { other in
                let there = SQLJobStore(database: other)
                func woken(_ what: String, by action: () async throws -> Void) async throws {
                    let (here, elsewhere) = (trial.store.readySignals(), there.readySignals())
                    try await action()
                    try await expectSignal(here, what)
                    try await expectSignal(elsewhere, what + ", in another process")
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
                let there = SQLJobStore(database: other)
                func woken(_ what: String, alsoList: Bool, by action: () async throws -> Void) async throws {
                    let (here, elsewhere) = (trial.store.changes(of: lease.job), there.changes(of: lease.job))
                    let list = there.changes(in: trial.workspace)
                    try await action()
                    try await expectSignal(here, what)
                    try await expectSignal(elsewhere, what + ", in another process")
                    if alsoList { try await expectSignal(list, what + ", for the list") }
                }
                try await woken("progress", alsoList: false) {
                    _ = try await trial.store.record([.progress(JobProgress(stage: "render", percent: 1))], under: lease)
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
