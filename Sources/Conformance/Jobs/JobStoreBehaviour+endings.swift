import Model
import Storage

extension JobStoreBehaviour {
    /// Success, retries, cancellation and replay.
    static let endings: [JobStoreBehaviour] = [
        .init("a job that succeeds has its result, 100 percent and no failure") { trial in
            let first = try await trial.leased()
            try await trial.store.finish(.retry(JobStoreTrial.failure, after: .zero), under: first)
            let second = try await trial.lease()
            _ = try await trial.store.record(
                [.stage(JobProgress(stage: "render", percent: 40, operation: "scene 2"))], under: second)
            try await trial.store.finish(.succeeded(.init(trusted: #"{"frames":3}"#)), under: second)
            let job = try await trial.job(first.job)
            try expect(
                job.state == .succeeded && job.result?.text == #"{"frames":3}"# && job.failure == nil
                    && job.finishedAt != nil && job.progress?.percent == 100 && job.progress?.operation == nil,
                "it is \(job)")
            let last = try await trial.journal(first.job).last
            try expect(last?.type == .complete && last?.epoch == 2, "the journal ends with \(last as Any)")
        },
        .init("a retry waits for its delay, and the last attempt is the last") { trial in
            let id = try await trial.submit(trial.newJob(maxAttempts: 3)).job.id
            for attempt in 1...3 {
                try await trial.store.finish(.retry(JobStoreTrial.failure, after: .seconds(30)), under: trial.lease())
                let job = try await trial.job(id)
                try expect(job.attempt == attempt && job.failure == JobStoreTrial.failure, "it is \(job)")
                try await trial.expectState(attempt < 3 ? .scheduled : .dead, of: id)
                let last = try await trial.journal(id).last
                try expect(last?.type == .error, "the journal ends with \(last as Any)")
                trial.clock.advance(by: .seconds(20))
                _ = try await trial.store.sweep()
                try await trial.expectState(attempt < 3 ? .scheduled : .dead, of: id)
                trial.clock.advance(by: .seconds(11))
                _ = try await trial.store.sweep()
                try await trial.expectState(attempt < 3 ? .ready : .dead, of: id)
            }
        },
        .init("a job that no worker owns is canceled at once; a finished one stays as it is") { trial in
            let scheduled = try await trial.submit(trial.newJob(delay: .seconds(60))).job.id
            let ready = try await trial.submit(trial.newJob()).job.id
            for id in [scheduled, ready] {
                let canceled = try await trial.store.cancel(id, in: trial.workspace)
                try expect(canceled.state == .canceled && canceled.finishedAt != nil, "it is \(canceled)")
                try expect(
                    try await trial.store.cancel(id, in: trial.workspace) == canceled, "a second cancel changed it")
                try await trial.journal(id)
            }
            for outcome in [.succeeded(.emptyObject), .dead(JobStoreTrial.failure)] as [JobOutcome] {
                let lease = try await trial.leased()
                try await trial.store.finish(outcome, under: lease)
                let before = try await trial.job(lease.job)
                try expect(
                    try await trial.store.cancel(lease.job, in: trial.workspace) == before,
                    "cancel changed a finished job")
            }
            trial.clock.advance(by: .seconds(120))
            try expect(try await trial.store.sweep().due == 0, "a canceled job became due")
            try await expect(.notFound) { _ = try await trial.store.cancel(JobID(), in: trial.workspace) }
        },
        .init("the owner of a leased job is asked to stop, in every reply it gets") { trial in
            let session = try await trial.openSession()
            let lease = try await trial.leased(for: session)
            let stops = trial.store.stopSignals(for: session)
            try expect(try await !trial.store.record([], under: lease), "it was asked before")
            let asked = try await trial.store.cancel(lease.job, in: trial.workspace)
            try expect(asked.state == .leased && asked.cancelRequested, "it is \(asked)")
            try await expectSignal(stops, "for the session")
            try expect(try await trial.store.record([JobStoreTrial.log("x")], under: lease), "record does not tell")
            let notices = try await trial.store.renewSession(session, lasting: JobStoreTrial.lease)?.notices
            try expect(notices?.map(\.cancelRequested) == [true], "the renewal does not tell")
            try await trial.store.finish(.canceled, under: lease)
            try await trial.expectState(.canceled, of: lease.job)
        },
        .init("a job that was asked to stop neither runs again nor goes back, but it may succeed") { trial in
            let endings: [(JobOutcome, JobState)] = [
                (.retry(JobStoreTrial.failure, after: .zero), .canceled), (.handedBack, .canceled),
                (.succeeded(.emptyObject), .succeeded), (.dead(JobStoreTrial.failure), .dead),
            ]
            for (outcome, state) in endings {
                let lease = try await trial.leased()
                _ = try await trial.store.cancel(lease.job, in: trial.workspace)
                try await trial.store.finish(outcome, under: lease)
                try await trial.expectState(state, of: lease.job)
                try await trial.store.finish(outcome, under: lease)
            }
        },
        .init("replay starts a dead or canceled job anew under a new epoch, and refuses any other") { trial in
            let lease = try await trial.leased(trial.newJob(maxAttempts: 1))
            try await expect(.conflict) { _ = try await trial.store.replay(lease.job, in: trial.workspace) }
            _ = try await trial.store.record([.stage(JobProgress(stage: "render", percent: 70))], under: lease)
            _ = try await trial.store.cancel(lease.job, in: trial.workspace)
            try await trial.store.finish(.dead(JobStoreTrial.failure), under: lease)
            let replayed = try await trial.store.replay(lease.job, in: trial.workspace)
            try expect(
                replayed.state == .parked && replayed.attempt == 0 && replayed.epoch == 1 && replayed.failure == nil
                    && !replayed.cancelRequested && replayed.finishedAt == nil && replayed.progress == nil,
                "it is \(replayed)")
            try await expect(.conflict) { _ = try await trial.store.replay(lease.job, in: trial.workspace) }
            for outcome in [.succeeded(.emptyObject), .dead(JobStoreTrial.failure), .canceled] as [JobOutcome] {
                try await expect(.fenced) { try await trial.store.finish(outcome, under: lease) }
            }
            let second = try await trial.lease()
            try expect(second.epoch == 2, "the epoch is \(second.epoch)")
            try await expect(.fenced) { try await trial.store.finish(.succeeded(.emptyObject), under: lease) }
            try await trial.store.finish(.succeeded(.emptyObject), under: second)
            try await expect(.conflict) { _ = try await trial.store.replay(lease.job, in: trial.workspace) }
            try await expect(.notFound) { _ = try await trial.store.replay(JobID(), in: trial.workspace) }
            let other = try await trial.submit(trial.newJob()).job.id
            _ = try await trial.store.cancel(other, in: trial.workspace)
            try expect(
                try await trial.store.replay(other, in: trial.workspace).state == .parked,
                "a canceled job was not replayed")
            try await trial.journal(lease.job)
        },
    ]
}
