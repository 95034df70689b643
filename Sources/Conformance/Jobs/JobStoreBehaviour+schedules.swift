import Foundation
import Model
import Storage

extension JobStoreBehaviour {
    /// Jobs that come by the clock.
    static let schedules: [JobStoreBehaviour] = [
        .init("a schedule submits one job for each tick, however many sweep at once") { trial in
            // In the middle of a minute, so that none begins while they sweep.
            let past = trial.clock.now.microseconds % 60_000_000
            trial.clock.advance(by: .microseconds(90_000_000 - past))
            try await trial.put("minutely", "* * * * *")
            var ticks = 0
            for _ in 0..<4 {
                trial.clock.advance(by: .seconds(60))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<3 { group.addTask { _ = try await trial.store.sweep() } }
                    try await group.waitForAll()
                }
                ticks += 1
                let jobs = try await trial.store.jobs(matching: .init(), in: trial.workspace, before: nil, limit: 100)
                try expect(jobs.count == ticks, "\(jobs.count) jobs after \(ticks) ticks")
            }
            let schedule = try await trial.store.schedule("minutely", in: trial.workspace)
            let jobs = try await trial.store.jobs(matching: .init(), in: trial.workspace, before: nil, limit: 1)
            try expect(schedule?.lastJob == jobs.first?.id && schedule?.lastAt != nil, "it is \(schedule as Any)")
        },
        .init("ticks that nobody could fire are skipped, caught up with one, or with each, as the schedule says") {
            trial in
            for (missed, count) in [(.skip, 1), (.latest, 1), (.all(limit: 3), 3)] as [(MissedTickPolicy, Int)] {
                let kind = "kind-\(missed)".replacing(":", with: "-")
                try await trial.put(kind, "0 * * * *", missed: missed, kind: kind)
                trial.clock.advance(by: .seconds(5 * 3_600))
                _ = try await trial.store.sweep()
                let jobs = try await trial.store.jobs(
                    matching: .init(kind: kind), in: trial.workspace, before: nil, limit: 100)
                let expected = missed == .skip ? 0...1 : count...count
                try expect(expected.contains(jobs.count), "\(missed) gave \(jobs.count) jobs")
            }
        },
        .init("a paused schedule submits nothing and misses nothing") { trial in
            try await trial.put("hourly", "0 * * * *", missed: .all(limit: 100))
            let paused = try await trial.store.setPaused(true, "hourly", in: trial.workspace)
            try expect(paused.isPaused && paused.nextAt == nil, "it is \(paused)")
            trial.clock.advance(by: .seconds(10 * 3_600))
            _ = try await trial.store.sweep()
            let resumed = try await trial.store.setPaused(false, "hourly", in: trial.workspace)
            _ = try await trial.store.sweep()
            try expect(resumed.nextAt.map { $0 > trial.clock.now } == true, "it is \(resumed)")
            let jobs = try await trial.store.jobs(matching: .init(), in: trial.workspace, before: nil, limit: 100)
            try expect(jobs.isEmpty, "\(jobs.count) jobs came")
        },
        .init("a tick that a drained queue does not take moves the schedule on, and its last job is the last there is")
        {
            trial in
            try await trial.put("minutely", "* * * * *")
            func tick() async throws -> Schedule? {
                trial.clock.advance(by: .seconds(60))
                _ = try await trial.store.sweep()
                return try await trial.store.schedule("minutely", in: trial.workspace)
            }
            let first = try await tick()
            try await trial.store.setMode(.draining, of: "trial", in: trial.workspace)
            let second = try await tick()
            try expect(second?.nextAt != first?.nextAt, "it stays due at \(second?.nextAt as Any)")
            try expect(
                first?.lastJob != nil && second?.lastJob == first?.lastJob && second?.lastAt == first?.lastAt,
                "it was \(first as Any) and is \(second as Any)")
        },
        .init("a schedule is replaced by its name, belongs to its workspace and can be removed") { trial in
            try await trial.put("nightly", "0 3 * * *")
            let id = try await trial.store.schedule("nightly", in: trial.workspace)?.id
            try await trial.put("nightly", "0 4 * * *")
            let found = try await trial.store.schedules(in: trial.workspace)
            try expect(found.map(\.cron) == ["0 4 * * *"] && found.first?.id == id, "they are \(found)")
            let stranger = WorkspaceID()
            try expect(try await trial.store.schedules(in: stranger).isEmpty, "a stranger sees it")
            try await expect(.notFound) { try await trial.store.removeSchedule("nightly", in: stranger) }
            try await expect(.notFound) { _ = try await trial.store.setPaused(true, "nightly", in: stranger) }
            try await trial.store.removeSchedule("nightly", in: trial.workspace)
            try expect(try await trial.store.schedules(in: trial.workspace).isEmpty, "it is still there")
        },
    ]

    /// One worker that does the upkeep for all.
    static let leadership: [JobStoreBehaviour] = [
        .init("one session leads; when it ends another does, in a new term, and the old term is refused") { trial in
            let first = try await trial.openSession()
            let second = try await trial.openSession()
            let term = try await trial.store.lead(first)
            try expect(term != nil, "nobody leads")
            try expect(try await trial.store.lead(second) == nil, "two lead")
            let leader = try await trial.store.look(at: second)?.leader
            try expect(leader?.session == first && leader?.term == term, "it is \(leader as Any)")
            try expect((leader?.endsIn ?? .zero) > .zero, "its session seems to have ended")
            trial.clock.advance(by: .seconds(10))
            _ = try await trial.store.renewSession(second, lasting: JobStoreTrial.lease)
            trial.clock.advance(by: .seconds(6))
            let next = try await trial.store.lead(second)
            try expect(next == term.map { $0 + 1 }, "the second's term is \(next as Any)")
            try await trial.submit(trial.newJob(delay: .seconds(1)))
            trial.clock.advance(by: .seconds(2))
            try await expect(.fenced) { _ = try await trial.store.sweep(inTerm: term) }
            try expect(try await trial.store.sweep(inTerm: next).due == 1, "the new leader cannot sweep")
        }
    ]
}

extension JobStoreTrial {
    /// Stores a schedule of this trial's workspace.
    fileprivate func put(
        _ name: String, _ cron: String, missed: MissedTickPolicy = .latest, kind: String = "trial"
    ) async throws {
        _ = try await store.put(
            NewSchedule(
                workspace: workspace, name: name, kind: kind, input: .emptyObject, inputHash: "",
                cron: try CronExpression(parsing: cron), zone: .gmt, missed: missed))
    }
}
