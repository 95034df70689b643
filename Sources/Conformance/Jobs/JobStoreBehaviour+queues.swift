import Model
import Storage

extension JobStoreBehaviour {
    /// Pausing, draining and expiring.
    static let queues: [JobStoreBehaviour] = [
        .init("a paused queue takes jobs and starts none, until it is resumed; other queues go on") { trial in
            let session = try await trial.openSession()
            try await trial.submit(count: 3)
            let running = try await trial.claim(session)
            try await trial.store.setMode(.paused, of: "trial", in: trial.workspace)
            try await trial.submit(count: 2)
            try await trial.submit(trial.newJob(kind: "other"))
            try await trial.submit(trial.newJob(in: WorkspaceID()))
            _ = try await trial.store.sweep()
            let claimed = try await trial.store.claim(kinds: ["trial", "other"], limit: 9, for: session)
            try expect(claimed.count == 2, "\(claimed.count) were claimed")
            try expect(
                !claimed.contains { $0.job.workspace == trial.workspace && $0.job.kind == "trial" },
                "a paused one started")
            try await trial.store.finish(.succeeded(.emptyObject), under: running[0].lease)
            let status = try await trial.store.queues(in: trial.workspace).first { $0.kind == "trial" }
            try expect(status?.mode == .paused && status?.states == ["parked": 4], "it is \(status as Any)")
            try await trial.store.setMode(.running, of: "trial", in: trial.workspace)
            try expect(try await trial.claim(session, limit: 9).count == 4, "it was not resumed")
        },
        .init("a queue that is drained finishes what it has and takes no more") { trial in
            try await trial.submit(count: 2)
            try await trial.store.setMode(.draining, of: "trial", in: trial.workspace)
            try await expect(.limited) { try await trial.submit(trial.newJob()) }
            try await expect(.limited) {
                let batch = NewBatch(workspace: trial.workspace, kind: "trial", jobs: [trial.newJob()], inputHash: "")
                _ = try await trial.store.submit(batch, maximumDepth: 10)
            }
            try await trial.submit(trial.newJob(kind: "other"))
            let session = try await trial.openSession()
            try expect(try await trial.claim(session, limit: 9).count == 2, "it does not run what it has")
            try await trial.store.setMode(.running, of: "trial", in: trial.workspace)
            try await trial.submit(trial.newJob())
        },
        .init("a pause beside workers that claim and submissions that come lets nothing start afterwards") { trial in
            try await trial.submit(count: 200)
            let session = try await trial.openSession()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for _ in 0..<20 { _ = try await trial.claim(session, limit: 3) } }
                group.addTask { for _ in 0..<20 { try await trial.submit(count: 2) } }
                group.addTask { try await trial.store.setMode(.paused, of: "trial", in: trial.workspace) }
                try await group.waitForAll()
            }
            _ = try await trial.store.sweep()
            try expect(try await trial.claim(session, limit: 9).isEmpty, "a paused queue gave a job")
        },
        .init("a workspace on hold starts nothing, holds up nobody, and goes on afterwards") { trial in
            let (session, other) = (try await trial.openSession(), WorkspaceID())
            let shared = try trial.cap("shared", 1)
            try await trial.submit(trial.newJob(caps: [shared]))
            let running = try await trial.claim(session)
            for _ in 0..<100 { try await trial.submit(trial.newJob()) }
            try await trial.submit(trial.newJob(caps: [shared]))
            try await trial.submit(trial.newJob(caps: [shared], in: other))
            try await trial.database.database.write { connection throws(StorageError) in
                try SQLJobStore.hold(trial.workspace, on: connection)
            }
            try await trial.submit(trial.newJob())
            try await trial.store.finish(.succeeded(.emptyObject), under: running[0].lease)
            for _ in 0..<2 { _ = try await trial.store.sweep() }
            let claimed = try await trial.claim(session, limit: 9)
            try expect(claimed.map(\.job.workspace) == [other], "\(claimed.count) were claimed")
            try await trial.store.repairIndex()
            try expect(try await trial.claim(session, limit: 9).isEmpty, "the index gave one")
            try await trial.database.database.write { connection throws(StorageError) in
                try SQLJobStore.letGo(trial.workspace, on: connection)
            }
            _ = try await trial.store.sweep()
            var count = 0
            while case let more = try await trial.claim(session, limit: 50), !more.isEmpty { count += more.count }
            try expect(count == 101, "\(count) went on")
        },
        .init("a job that nobody took before its deadline expires, and one that runs does not") { trial in
            let session = try await trial.openSession()
            let running = try await trial.leased(trial.newJob(expiresAfter: .seconds(5)), for: session)
            let waiting = try await trial.submit(trial.newJob(expiresAfter: .seconds(5))).job.id
            let delayed = try await trial.submit(
                trial.newJob(delay: .seconds(60), expiresAfter: .seconds(5))
            ).job.id
            trial.clock.advance(by: .seconds(6))
            try expect(try await trial.store.sweep().expired == 2, "another number expired")
            try await trial.expectState(.expired, of: waiting)
            try await trial.expectState(.expired, of: delayed)
            try await trial.store.finish(.succeeded(.emptyObject), under: running)
            _ = try await trial.store.replay(waiting, in: trial.workspace)
            try expect(try await trial.lease().job == waiting, "it cannot be replayed")
        },
        .init("a full queue says which bound is reached") { trial in
            func submit(_ bounds: DepthBounds, in workspace: WorkspaceID? = nil) async throws {
                _ = try await trial.store.submit([trial.newJob(in: workspace)], within: bounds)
            }
            for _ in 0..<3 { try await submit(DepthBounds(total: 9, workspace: 3, queue: 9)) }
            try await expect(.limited) { try await submit(DepthBounds(total: 9, workspace: 3, queue: 9)) }
            try await expect(.limited) { try await submit(DepthBounds(total: 9, workspace: 9, queue: 3)) }
            try await submit(DepthBounds(total: 9, workspace: 3, queue: 3), in: WorkspaceID())
            try await expect(.limited) { try await submit(DepthBounds(total: 4), in: WorkspaceID()) }
        },
    ]

    /// Jobs that wait for others.
    static let dependencies: [JobStoreBehaviour] = [
        .init("a job that needs others runs once all have succeeded") { trial in
            let session = try await trial.openSession()
            let needs = try await trial.submit(count: 2)
            let last = try await trial.submit(trial.newJob(kind: "gather", needs: needs)).job.id
            try await trial.expectState(.blocked, of: last)
            let leases = try await trial.claim(session, limit: 9).map(\.lease)
            try await trial.store.finish(.succeeded(.emptyObject), under: leases[0])
            try await trial.expectState(.blocked, of: last)
            try await trial.store.finish(.succeeded(.emptyObject), under: leases[1])
            try await trial.expectState(.ready, of: last)
            try await trial.journal(last)
            let late = try await trial.submit(trial.newJob(kind: "gather", needs: needs)).job.id
            try await trial.expectState(.ready, of: late)
            try await expect(.notFound) { try await trial.submit(trial.newJob(needs: [JobID()])) }
            try await expect(.notFound) { try await trial.submit(trial.newJob(needs: needs, in: WorkspaceID())) }
        },
        .init("the last two needs that end together free their dependent exactly once") { trial in
            for _ in 0..<5 {
                let needs = try await trial.submit(count: 2)
                let last = try await trial.submit(trial.newJob(kind: "gather", needs: needs)).job.id
                let session = try await trial.openSession()
                let leases = try await trial.claim(session, limit: 9).map(\.lease)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for lease in leases {
                        group.addTask { try await trial.store.finish(.succeeded(.emptyObject), under: lease) }
                    }
                    try await group.waitForAll()
                }
                try await trial.expectState(.ready, of: last)
                try await trial.journal(last)
            }
        },
        .init("a need that fails cancels those that need it, and theirs, or lets them run when they ask for that") {
            trial in
            let need = try await trial.submit(trial.newJob()).job.id
            let child = try await trial.submit(trial.newJob(kind: "child", needs: [need])).job.id
            let grandchild = try await trial.submit(trial.newJob(kind: "child", needs: [child])).job.id
            let gathering = try await trial.submit(
                trial.newJob(kind: "gather", needs: [need, child], whenNeedFails: .run)
            ).job.id
            try await trial.store.finish(.dead(JobStoreTrial.failure), under: trial.lease())
            for id in [child, grandchild] {
                let job = try await trial.job(id)
                try expect(job.state == .canceled && job.failure?.code == "dependency-failed", "it is \(job)")
            }
            try await trial.expectState(.ready, of: gathering)
            let late = try await trial.submit(trial.newJob(kind: "child", needs: [need])).job
            try await trial.expectState(.canceled, of: late.id)
        },
        .init("a job that needs others and has a time of its own waits for both") { trial in
            let need = try await trial.submit(trial.newJob()).job.id
            let last = try await trial.submit(
                trial.newJob(kind: "gather", delay: .seconds(60), needs: [need])
            ).job.id
            try await trial.store.finish(.succeeded(.emptyObject), under: trial.lease())
            try await trial.expectState(.scheduled, of: last)
            trial.clock.advance(by: .seconds(61))
            _ = try await trial.store.sweep()
            try await trial.expectState(.ready, of: last)
        },
        .init("a blocked job can be cancelled, and what it needed goes on") { trial in
            let need = try await trial.submit(trial.newJob()).job.id
            let blocked = try await trial.submit(trial.newJob(kind: "child", needs: [need])).job.id
            _ = try await trial.store.cancel(blocked, in: trial.workspace)
            try await trial.expectState(.canceled, of: blocked)
            try await trial.store.finish(.succeeded(.emptyObject), under: trial.lease())
            try await trial.expectState(.canceled, of: blocked)
        },
    ]
}
