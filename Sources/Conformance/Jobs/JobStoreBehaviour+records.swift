import Model
import Storage

extension JobStoreBehaviour {
    /// What a worker writes while it works.
    static let records: [JobStoreBehaviour] = [
        .init("percent never goes back; the newest stage, operation and remaining time count") { trial in
            let lease = try await trial.leased()
            let eta = JobProgress.Range(low: .seconds(3), high: .seconds(9))
            let reports: [(JobProgress, Double)] = [
                (.init(stage: "parse", percent: 10, operation: "page 1", eta: eta), 10),
                (.init(stage: "parse", percent: 5), 10),
                (.init(stage: "render", percent: 50.5, operation: "scene 1"), 50.5),
                (.init(stage: "render", percent: 20), 50.5),
            ]
            for (report, percent) in reports {
                _ = try await trial.store.record([.progress(report)], under: lease)
                let progress = try await trial.job(lease.job).progress
                var expected = report
                expected.percent = percent
                try expect(progress == expected, "it is \(progress as Any) instead of \(expected)")
            }
            try await trial.journal(lease.job)
        },
        .init("updates are recorded all or none") { trial in
            let lease = try await trial.leased()
            let before = try await trial.job(lease.job)
            try await expect(.invalid) {
                _ = try await trial.store.record(
                    [
                        JobStoreTrial.log("first"), .stage(JobProgress(stage: "render", percent: 50)),
                        JobStoreTrial.artifact("a", object: "a"),
                        JobStoreTrial.step("bad\0name", key: "k", result: "{}"),
                    ], under: lease)
            }
            try expect(try await trial.job(lease.job) == before, "the job changed")
            try expect(try await trial.journal(lease.job).count == 2, "the journal grew")
            try expect(
                try await trial.store.artifacts(of: lease.job, in: trial.workspace).isEmpty, "a file is published")
        },
        .init("a step's result is found by its key in its workspace, by any job, and a reused step stores none") {
            trial in
            let first = try await trial.leased()
            _ = try await trial.store.record(
                [JobStoreTrial.step("voice", key: "k1", result: #"{"a":1}"#)], under: first)
            let found = try await trial.store.stepResult("k1", in: trial.workspace)
            try expect(found?.text == #"{"a":1}"#, "it is \(found as Any)")
            try expect(try await trial.store.stepResult("k1", in: WorkspaceID()) == nil, "another workspace sees it")
            try expect(
                try await trial.store.stepResult("k2", in: trial.workspace) == nil, "an unknown key has a result")
            let second = try await trial.leased()
            _ = try await trial.store.record(
                [
                    JobStoreTrial.step("voice", key: "k1", result: nil, reused: true),
                    JobStoreTrial.step("render", key: "k2", result: "[]"),
                ],
                under: second)
            let steps = try await trial.store.steps(of: second.job, in: trial.workspace)
            try expect(Set(steps.map(\.name)) == ["voice", "render"], "the steps are \(steps)")
            try expect(steps.first { $0.name == "voice" }?.reused == true, "it is not marked as reused")
            try expect(try await trial.store.stepResult("k1", in: trial.workspace) == found, "the result changed")
            // Done again after a retry: the newest counts.
            _ = try await trial.store.record([JobStoreTrial.step("voice", key: "k3", result: "1")], under: second)
            let again = try await trial.store.steps(of: second.job, in: trial.workspace)
            try expect(again.count == 2 && again.first { $0.name == "voice" }?.key == "k3", "the steps are \(again)")
        },
        .init("a file published under the same name replaces the one before") { trial in
            let lease = try await trial.leased()
            _ = try await trial.store.record(
                [
                    JobStoreTrial.artifact("video.mp4", object: "one"),
                    JobStoreTrial.artifact("audio.wav", object: "two"),
                ], under: lease)
            try await trial.store.finish(.retry(JobStoreTrial.failure, after: .zero), under: lease)
            _ = try await trial.store.record(
                [JobStoreTrial.artifact("video.mp4", object: "three")], under: trial.lease())
            let files = try await trial.store.artifacts(of: lease.job, in: trial.workspace)
            try expect(files.map(\.name) == ["audio.wav", "video.mp4"], "the files are \(files)")
            try expect(files.map(\.object) == ["two", "three"], "the objects are \(files)")
        },
        .init("the speed of a stage is a mean that follows change, and nonsense is left out") { trial in
            let lease = try await trial.leased()
            func rate(_ units: Double, _ seconds: Double) async throws -> StageRate? {
                _ = try await trial.store.record([.rate(key: "render", units: units, seconds: seconds)], under: lease)
                return try await trial.store.stageRates(["render", "other"])["render"]
            }
            try expect(try await rate(0, 5) == nil, "a stage without units was stored")
            try expect(try await rate(1, -1) == nil, "a stage that took less than nothing was stored")
            try expect(try await rate(2, 4) == StageRate(samples: 1, secondsPerUnit: 2), "the first is not itself")
            try expect(try await rate(1, 4) == StageRate(samples: 2, secondsPerUnit: 3), "the second is not the mean")
            for _ in 0..<60 { _ = try await rate(1, 10) }
            let last = try await rate(1, 10)
            try expect(
                last.map { abs($0.secondsPerUnit - 10) < 0.1 && $0.samples == 63 } == true, "it is \(last as Any)")
        },
        .init("a journal has no gaps and no doubles, whoever writes at the same time") { trial in
            let session = try await trial.openSession()
            let lease = try await trial.leased(for: session)
            try await trial.database.withAnother { other in
                let stores = [trial.store, trial.store(on: other)]
                try await withThrowingTaskGroup { group in
                    for writer in 0..<6 {
                        group.addTask {
                            for turn in 0..<10 {
                                let updates = (0...(turn % 3)).map { JobStoreTrial.log("\(writer).\(turn).\($0)") }
                                _ = try await stores[writer % 2].record(updates, under: lease)
                            }
                        }
                    }
                    group.addTask { _ = try await trial.store.cancel(lease.job, in: trial.workspace) }
                    try await group.waitForAll()
                }
            }
            try await trial.store.finish(.succeeded(.emptyObject), under: lease)
            let events = try await trial.journal(lease.job)
            let logs = events.filter { $0.type == .log }.map(\.data.text)
            try expect(logs.count == 6 * 19 && Set(logs).count == logs.count, "\(logs.count) lines are there")
            try expect(events.last?.type == .complete, "it does not end with the end")
            try expect(events.map(\.at).sorted() == events.map(\.at), "the times do not follow the positions")
        },
    ]
}
