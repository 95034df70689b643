import Model
import Storage

extension JobStoreBehaviour {
    /// How many may run under one name.
    static let caps: [JobStoreBehaviour] = [
        .init("a cap is never exceeded, by however many workers, and everything gets through") { trial in
            let cap = try trial.cap("repository:website", 3)
            for workspace in [trial.workspace, WorkspaceID(), WorkspaceID()] {
                let jobs = (0..<40).map { _ in trial.newJob(caps: [cap], in: workspace) }
                _ = try await trial.store.submit(jobs, maximumDepth: 10_000)
            }
            try await trial.database.withAnother { other in
                let stores = [trial.store, trial.store(on: other)]
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<4 {
                        let session = try await trial.openSession()
                        group.addTask {
                            try await trial.work(stores[number % 2], session) { try await trial.expectCaps() }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            try expect(try await trial.store.depth().isEmpty, "jobs are left")
            try await trial.expectCaps()
        },
        .init("a cap that is lowered holds at once for what no worker has, and raised lets more through") { trial in
            let cap = try trial.cap("user:1", 5)
            _ = try await trial.store.submit((0..<20).map { _ in trial.newJob(caps: [cap]) }, maximumDepth: 1_000)
            let session = try await trial.openSession()
            let first = try await trial.claim(session, limit: 2)
            try await trial.store.setCap(try trial.cap("user:1", 3))
            try await trial.expectCaps()
            try expect(try await trial.claim(session, limit: 9).count == 1, "the lowered cap does not hold")
            try await trial.store.setCap(try trial.cap("user:1", 1))
            try await trial.store.finish(.succeeded(.emptyObject), under: first[0].lease)
            try expect(try await trial.claim(session, limit: 9).isEmpty, "one above the cap was claimed")
            try await trial.store.setCap(try trial.cap("user:1", 6))
            try expect(try await trial.claim(session, limit: 9).count == 4, "the raised cap does not hold")
            let status = try await trial.store.caps(in: trial.workspace).first
            try expect(status?.key == "user:1" && status?.slots == 6 && status?.taken == 6, "it is \(status as Any)")
        },
        .init("a slot that is released twice is free once") { trial in
            let cap = try trial.cap("user:1", 1)
            _ = try await trial.store.submit((0..<3).map { _ in trial.newJob(caps: [cap]) }, maximumDepth: 1_000)
            let session = try await trial.openSession()
            let first = try await trial.claim(session, limit: 5)
            try expect(first.count == 1, "\(first.count) were claimed")
            for _ in 0..<2 { try await trial.store.finish(.succeeded(.emptyObject), under: first[0].lease) }
            try expect(try await trial.claim(session, limit: 5).count == 1, "two slots were free")
            try await trial.loseWorkers()
            _ = try await trial.store.sweep()
            try await trial.expectCaps()
        },
        .init("nothing waits beside a free slot: when jobs end, fail, are cancelled, lost or handed back") { trial in
            let cap = try trial.cap("user:1", 1)
            var ids: [JobID] = []
            for _ in 0..<6 { ids.append(try await trial.submit(trial.newJob(maxAttempts: 1, caps: [cap])).job.id) }
            let session = try await trial.openSession()
            let endings: [JobOutcome] = [.succeeded(.emptyObject), .dead(JobStoreTrial.failure), .canceled]
            for ending in endings {
                try await trial.store.finish(ending, under: trial.lease(session))
                try await trial.expectNothingWaits()
            }
            try await trial.expectState(.ready, of: ids[3])
            _ = try await trial.store.cancel(ids[3], in: trial.workspace)
            try await trial.expectState(.ready, of: ids[4])
            try await trial.store.finish(.handedBack, under: trial.lease(session))
            try await trial.expectState(.ready, of: ids[4])
            _ = try await trial.lease(session)
            try await trial.loseWorkers()
            try await trial.expectNothingWaits()
        },
        .init("jobs under two caps neither block each other for good nor starve") { trial in
            let caps = try ["a", "b", "c"].map { try trial.cap($0, 1) }
            let pairs = [[0, 1], [1, 2], [2, 0], [1, 0]]
            let jobs = (0..<60).map { number in
                trial.newJob(caps: pairs[number % 4].map { caps[$0] })
            }
            _ = try await trial.store.submit(jobs, maximumDepth: 1_000)
            try await trial.database.withAnother { other in
                let stores = [trial.store, trial.store(on: other)]
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<4 {
                        let session = try await trial.openSession()
                        group.addTask { try await trial.work(stores[number % 2], session) {} }
                    }
                    try await group.waitForAll()
                }
            }
            for job in jobs { try await trial.expectState(.succeeded, of: job.id) }
        },
        .init("lines of one workspace that wait for the same cap take turns") { trial in
            let cap = try trial.cap("provider:1", 1)
            let kinds = ["draw", "speak", "write"]
            let jobs = (0..<12).map { trial.newJob(kind: kinds[$0 % 3], caps: [cap]) }
            _ = try await trial.store.submit(jobs, maximumDepth: 100)
            let session = try await trial.openSession()
            var order: [String] = []
            for _ in 0..<12 {
                let claimed = try await trial.store.claim(kinds: kinds, limit: 9, for: session)
                try expect(claimed.count == 1, "\(claimed.count) run at once")
                for leased in claimed {
                    order.append(leased.job.kind)
                    try await trial.store.finish(.succeeded(.emptyObject), under: leased.lease)
                }
            }
            for turn in 0..<4 {
                try expect(Set(order[turn * 3..<turn * 3 + 3]).count == 3, "they ran as \(order)")
            }
        },
        .init("a job that is not due yet holds no cap") { trial in
            let cap = try trial.cap("user:1", 1)
            try await trial.submit(trial.newJob(delay: .seconds(60), caps: [cap]))
            let now = try await trial.submit(trial.newJob(caps: [cap])).job.id
            try expect(try await trial.lease().job == now, "the future job holds the cap")
        },
        .init("a workspace runs no more at once than its limit, and all of it in time") { trial in
            try await trial.store.setLimit(WorkspaceLimit(slots: 2), of: trial.workspace)
            _ = try await trial.store.sweep()
            let jobs = (0..<10).map {
                trial.newJob(kind: "trial", input: "\($0)", band: $0 % 2 == 0 ? .batch : .interactive)
            }
            _ = try await trial.store.submit(jobs, maximumDepth: 1_000)
            let session = try await trial.openSession()
            for _ in 0..<5 {
                let claimed = try await trial.claim(session, limit: 9)
                try expect(claimed.count == 2, "\(claimed.count) run at once")
                for leased in claimed { try await trial.store.finish(.succeeded(.emptyObject), under: leased.lease) }
            }
            try await trial.store.setLimit(WorkspaceLimit(), of: trial.workspace)
            try await trial.submit(count: 5)
            try expect(try await trial.claim(session, limit: 9).count == 5, "the limit is still there")
        },
    ]
}
