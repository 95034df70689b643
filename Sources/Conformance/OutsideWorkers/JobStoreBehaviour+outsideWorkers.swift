import Model
import Storage

extension JobStoreBehaviour {
    /// What holds for workers outside the program.
    static let outsideWorkers: [JobStoreBehaviour] = [
        .init("kinds that are registered stay known in their workspace, and change when they are registered again") {
            trial in
            let (kind, other) = (trial.kind("b", attempts: 3), trial.kind("a"))
            try await trial.store.register(trial.worker(["b", "a"]), kinds: [kind, other])
            try expect(
                try await trial.store.outsideKinds(in: trial.workspace) == [other, kind], "other kinds than registered")
            try expect(try await trial.store.outsideKinds(in: WorkspaceID()).isEmpty, "another workspace has them")
            let changed = OutsideKind(
                name: "b", summary: "Changed", band: .interactive, maxAttempts: 9, timeout: .milliseconds(1_500))
            let worker = trial.worker(["b"])
            try await trial.store.register(worker, kinds: [changed])
            try await trial.store.close(worker)
            try await trial.loseWorkers()
            try expect(
                try await trial.store.outsideKinds(in: trial.workspace) == [other, changed], "the change is not there")
        },
        .init("an outside worker only gets jobs of its own workspace and kinds") { trial in
            let (mine, foreign) = (trial.worker(["trial", "more"]), trial.worker(["trial"], in: WorkspaceID()))
            try await trial.store.register(mine, kinds: [trial.kind("trial"), trial.kind("more")])
            try await trial.store.register(foreign, kinds: [trial.kind("trial")])
            for _ in 0..<3 { try await trial.submit(trial.newJob(in: foreign.workspace)) }
            try await trial.submit(trial.newJob(kind: "third"))
            try expect(try await trial.store.prospects(of: mine) == .nothing, "it sees what it cannot have")
            try expect(try await trial.store.claim(limit: 9, for: mine).isEmpty, "it got a foreign job")
            let ids = [try await trial.submit(trial.newJob()), try await trial.submit(trial.newJob(kind: "more"))]
            try expect(try await trial.store.prospects(of: mine) == .jobs, "it does not see its jobs")
            let claimed = try await trial.store.claim(limit: 9, for: mine)
            try expect(Set(claimed.map(\.job.id)) == Set(ids.map(\.job.id)), "it did not get its two jobs")
            try expect(
                try await trial.store.claim(limit: 9, for: foreign).count == 3, "the other did not get its three")
        },
        .init("its session is found in its workspace alone, and lapses unless it is renewed") { trial in
            let worker = trial.worker(["trial"])
            try await trial.store.register(worker, kinds: [trial.kind("trial")])
            try expect(
                try await trial.store.outsideWorker(worker.id, in: trial.workspace) == worker, "it was changed")
            try expect(
                try await trial.store.outsideWorker(worker.id, in: WorkspaceID()) == nil, "another workspace has it")
            let id = try await trial.submit(trial.newJob()).job.id
            let leased = try await trial.store.claim(limit: 1, for: worker)
            trial.clock.advance(by: worker.lease - .seconds(5))
            try expect(
                try await trial.store.renew(worker)?.map(\.lease) == leased.map(\.lease), "it holds another job")
            trial.clock.advance(by: worker.lease - .seconds(5))
            try await trial.store.sweep()
            try await trial.expectState(.leased, of: id)
            trial.clock.advance(by: .seconds(6))
            try expect(try await trial.store.renew(worker) == nil, "a lapsed session was renewed")
            try expect(try await trial.store.prospects(of: worker) == .lapsed, "it is not said to have lapsed")
            try await trial.store.sweep()
            try await trial.submit(trial.newJob())
            try expect(try await trial.store.claim(limit: 9, for: worker).isEmpty, "a lapsed session got a job")
            let other = try await trial.claim(trial.openSession(), limit: 9)
            try expect(other.contains { $0.job.id == id && $0.job.epoch == 2 }, "its job does not run again")
        },
        .init("it is told how it stands to a job, and nothing of a foreign one") { trial in
            let worker = trial.worker(["trial"])
            try await trial.store.register(worker, kinds: [trial.kind("trial")])
            let id = try await trial.submit(trial.newJob()).job.id
            try expect(try await trial.store.standing(of: id, for: worker) == .free, "a waiting job is not free")
            guard let leased = try await trial.store.claim(limit: 1, for: worker).first else {
                throw BrokenPromise(description: "no job was claimed")
            }
            trial.clock.advance(by: .seconds(3))
            guard case .held(let held)? = try await trial.store.standing(of: id, for: worker) else {
                throw BrokenPromise(description: "it does not hold what it claimed")
            }
            try expect(held.lease == leased.lease && held.attempt == 1 && !held.cancelRequested, "held as \(held)")
            try expect(
                (.seconds(3) ... .seconds(30)).contains(held.ran) && held.timeout == .seconds(60), "it ran \(held.ran)")
            try expect(!held.isOverdue() && held.kind == "trial", "held as \(held)")
            let other = trial.worker(["trial"])
            try await trial.store.register(other, kinds: [trial.kind("trial")])
            try expect(try await trial.store.standing(of: id, for: other) == .elsewhere, "two hold it")
            let foreign = try await trial.submit(trial.newJob(in: WorkspaceID())).job.id
            try expect(try await trial.store.standing(of: foreign, for: worker) == nil, "a foreign job is known")
            try await trial.store.finish(.succeeded(.emptyObject), under: leased.lease)
            try expect(try await trial.store.standing(of: id, for: worker) == .free, "an ended job is not free")
        },
        .init("closing its session hands its jobs back without spending an attempt") { trial in
            let worker = trial.worker(["trial"])
            try await trial.store.register(worker, kinds: [trial.kind("trial")])
            let id = try await trial.submit(trial.newJob()).job.id
            try expect(try await trial.store.claim(limit: 1, for: worker).count == 1, "no job was claimed")
            try await trial.store.close(worker)
            try expect(try await trial.job(id).attempt == 0, "an attempt was spent")
            try await trial.expectState(.ready, of: id)
            try expect(
                try await trial.store.outsideWorker(worker.id, in: trial.workspace) == nil, "it is still known")
        },
        .init("what lapsed is remembered for a day and then forgotten") { trial in
            let worker = trial.worker(["trial"])
            try await trial.store.register(worker, kinds: [trial.kind("trial")])
            try await trial.loseWorkers()
            try await trial.store.register(trial.worker(["trial"]), kinds: [trial.kind("trial")])
            try expect(
                try await trial.store.outsideWorker(worker.id, in: trial.workspace) != nil, "it is forgotten already")
            trial.clock.advance(by: .seconds(25 * 3_600))
            try await trial.store.register(trial.worker(["trial"]), kinds: [trial.kind("trial")])
            try expect(
                try await trial.store.outsideWorker(worker.id, in: trial.workspace) == nil, "it is still remembered")
        },
        .init("a workspace has no more kinds than it may, and a registration beyond that leaves nothing") { trial in
            let kinds = (0..<OutsideKind.maximumKinds).map { trial.kind("kind-\($0)") }
            for first in stride(from: 0, to: kinds.count, by: 250) {
                try await trial.store.register(trial.worker(["kind-0"]), kinds: Array(kinds[first..<(first + 250)]))
            }
            let worker = trial.worker(["one-more"])
            try await expect(.limited) { try await trial.store.register(worker, kinds: [trial.kind("one-more")]) }
            try expect(
                try await trial.store.outsideWorker(worker.id, in: trial.workspace) == nil, "the worker is there")
            try await trial.store.register(worker, kinds: [trial.kind("kind-7")])
        },
    ]
}

extension JobStoreTrial {
    fileprivate func kind(_ name: String, attempts: Int = 5) -> OutsideKind {
        OutsideKind(name: name, summary: "Tries", band: .batch, maxAttempts: attempts, timeout: .seconds(60))
    }

    fileprivate func worker(_ kinds: [String], in other: WorkspaceID? = nil) -> OutsideWorker {
        OutsideWorker(workspace: other ?? workspace, name: "tester", kinds: kinds, lease: Self.lease)
    }
}
