import Model
import Storage

extension JobStoreBehaviour {
    /// Who is next.
    static let fairness: [JobStoreBehaviour] = [
        .init("a workspace with thousands of jobs does not hold up the first job of another") { trial in
            try await trial.submit(count: JobStoreTrial.many(3_000))
            let session = try await trial.openSession()
            _ = try await trial.claim(session, limit: 40)
            let newcomer = WorkspaceID()
            let job = try await trial.submit(trial.newJob(in: newcomer)).job.id
            let next = try await trial.claim(session, limit: 2).map(\.job.id)
            try expect(next.contains(job), "the newcomer's job is not among the next two")
        },
        .init("busy workspaces share the workers by weight") { trial in
            let weights = [1, 2, 4]
            var workspaces: [WorkspaceID: Int] = [:]
            for weight in weights {
                let workspace = WorkspaceID()
                workspaces[workspace] = weight
                try await trial.store.setLimit(WorkspaceLimit(weight: weight), of: workspace)
                let jobs = (0..<300).map { _ in trial.newJob(in: workspace) }
                _ = try await trial.store.submit(jobs, maximumDepth: 1_000_000)
            }
            let session = try await trial.openSession()
            var served: [Int: Int] = [:]
            for _ in 0..<35 {
                for leased in try await trial.claim(session, limit: 10) {
                    served[workspaces[leased.job.workspace] ?? 0, default: 0] += 1
                }
            }
            for weight in weights {
                let share = Double(served[weight] ?? 0) / 350 * 7 / Double(weight)
                try expect((0.95...1.05).contains(share), "weight \(weight) got \(share) of its share: \(served)")
            }
        },
        .init("a workspace that comes back has no claim to the time that it was away") { trial in
            let other = WorkspaceID()
            try await trial.submit(trial.newJob(in: other))
            let session = try await trial.openSession()
            _ = try await trial.claim(session)
            try await trial.submit(count: 200)
            _ = try await trial.claim(session, limit: 150)
            _ = try await trial.store.submit((0..<40).map { _ in trial.newJob(in: other) }, maximumDepth: 1_000_000)
            let next = try await trial.claim(session, limit: 20).count { $0.job.workspace == other }
            try expect((9...11).contains(next), "\(next) of the next 20 are its own")
        },
        .init("the interactive band goes first, and what waits long in the other moves up") { trial in
            let old = try await trial.submit(trial.newJob()).job.id
            let urgent = try await trial.submit(trial.newJob(band: .interactive)).job.id
            let session = try await trial.openSession()
            try expect(try await trial.claim(session).map(\.job.id) == [urgent], "the batch job went first")
            trial.clock.advance(by: .seconds(10))
            _ = try await trial.store.renewSession(session, lasting: .seconds(600))
            trial.clock.advance(by: .seconds(55))
            _ = try await trial.store.sweep()
            try await trial.submit(trial.newJob(band: .interactive))
            try expect(try await trial.claim(session).map(\.job.id) == [old], "the old job still waits")
        },
        .init("a more urgent job overtakes those of its lane that stand ready, and no other lane's") { trial in
            let ids = try await trial.submit(count: 300)
            let other = WorkspaceID()
            let theirs = try await trial.submit(trial.newJob(in: other)).job.id
            let urgent = try await trial.submit(trial.newJob(priority: 9)).job.id
            let session = try await trial.openSession()
            let claimed = try await trial.claim(session, limit: 3).map(\.job.id)
            try expect(Set(claimed) == [urgent, theirs, ids[0]], "others were claimed: \(claimed)")
            try expect(claimed.first == urgent || claimed.first == theirs, "the urgent job is not first")
            let rest = try await trial.claim(session, limit: 400).map(\.job.id)
            var all = rest
            while let more = try await Optional(trial.claim(session, limit: 400)), !more.isEmpty {
                all += more.map(\.job.id)
            }
            try expect(all == Array(ids.dropFirst()), "the others lost their order")
        },
        .init("how many stand ready follows the lanes and not the backlog") { trial in
            try await trial.submit(count: 2_000)
            let ready = try await trial.store.depth().filter { $0.state == .ready }.map(\.count).reduce(0, +)
            try expect(ready <= 64, "\(ready) jobs of one lane stand ready")
        },
    ]
}
