import Model
import Storage

extension JobStoreBehaviour {
    /// What happens to the jobs of workers that vanish.
    static let losses: [JobStoreBehaviour] = [
        .init("the job of a vanished worker runs again, and its journal tells why") { trial in
            let lease = try await trial.leased()
            try expect(try await trial.loseWorkers().lost == 1, "no lease was lost")
            let job = try await trial.job(lease.job)
            try expect(job.state == .ready && job.lost == 1 && job.attempt == 1 && job.epoch == 1, "it is \(job)")
            try expect(job.failure?.code == "worker-lost", "its failure is \(job.failure as Any)")
            let last = try await trial.journal(lease.job).last
            try expect(
                last?.type == .error && last?.data.text.contains("worker-lost") == true,
                "the journal ends with \(last as Any)")
            try expect(try await trial.store.sweep() == SweepReport(), "it was lost again")
        },
        .init("a job whose worker vanishes three times is dead, and replay gives it three more") { trial in
            let id = try await trial.submit(trial.newJob(maxAttempts: 100)).job.id
            for round in 1...2 {
                for loss in 1...3 {
                    let lease = try await trial.lease()
                    try expect(lease.epoch == Int64((round - 1) * 3 + loss), "the epoch is \(lease.epoch)")
                    try await trial.loseWorkers()
                    try await trial.expectState(loss < 3 ? .ready : .dead, of: id)
                }
                let job = try await trial.job(id)
                try expect(job.failure?.retryable == false && job.lost == 3, "it is \(job)")
                _ = try await trial.store.replay(id, in: trial.workspace)
            }
            try await trial.journal(id)
        },
        .init("a lapsed lease and its owner's last word: exactly one of them counts") { trial in
            let ids = try await trial.submit(count: 40)
            let session = try await trial.openSession()
            let leases = try await trial.claim(session, limit: 40).map(\.lease)
            trial.clock.advance(by: JobStoreTrial.lease + .seconds(1))
            let finished = try await withThrowingTaskGroup(of: JobID?.self) { group in
                for sweeper in 0..<2 {
                    group.addTask {
                        for _ in 0...sweeper { _ = try await trial.store.sweep() }
                        return nil
                    }
                }
                for lease in leases {
                    group.addTask {
                        do throws(StorageError) {
                            try await trial.store.finish(.succeeded(.emptyObject), under: lease)
                            return lease.job
                        } catch {
                            if error.code == .fenced { return nil }
                            throw error
                        }
                    }
                }
                return try await group.reduce(into: Set<JobID>()) { if let id = $1 { $0.insert(id) } }
            }
            _ = try await trial.store.sweep()
            for id in ids {
                let job = try await trial.job(id)
                if finished.contains(id) {
                    try expect(job.state == .succeeded && job.lost == 0, "a finished job is \(job.state.rawValue)")
                } else {
                    try expect(
                        job.state == .ready && job.lost == 1,
                        "a lost job is \(job.state.rawValue), lost \(job.lost) times")
                }
                try await trial.journal(id)
            }
        },
        .init("the session of a dead process of the same host ends at once, others stay") { trial in
            let dead = try await trial.openSession(host: "a", process: "dead")
            let alive = try await trial.openSession(host: "a", process: "alive")
            let elsewhere = try await trial.openSession(host: "b", process: "dead")
            let ids = try await [dead, alive, elsewhere].asyncMap { try await trial.leased(for: $0).job }
            _ = try await trial.openSession(host: "a", process: "new") { $0 != "dead" }
            try expect(try await trial.store.renewSession(dead, lasting: JobStoreTrial.lease) == nil, "it was renewed")
            try expect(try await trial.store.sweep().lost == 1, "its lease was not lost at once")
            try await trial.expectState(.ready, of: ids[0])
            try await trial.expectState(.leased, of: ids[1])
            try await trial.expectState(.leased, of: ids[2])
        },
        .init("a job that is claimed while its worker's session closes is not lost") { trial in
            try await trial.submit(count: 60)
            for _ in 0..<12 {
                let session = try await trial.openSession()
                try await withThrowingTaskGroup { group in
                    for _ in 0..<3 { group.addTask { _ = try await trial.claim(session, limit: 2) } }
                    group.addTask { try await trial.store.closeSession(session) }
                    try await group.waitForAll()
                }
            }
            _ = try await trial.store.sweep()
            let depth = try await trial.store.depth()
            try expect(depth.allSatisfy { $0.state == .ready } && depth.first?.count == 60, "the jobs are \(depth)")
        },
        .init("a vanished worker's job that was asked to stop is canceled") { trial in
            let lease = try await trial.leased()
            _ = try await trial.store.cancel(lease.job, in: trial.workspace)
            try await trial.loseWorkers()
            try await trial.expectState(.canceled, of: lease.job)
        },
    ]
}

extension Array where Element: Sendable {
    /// Transforms the elements one after the other.
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
