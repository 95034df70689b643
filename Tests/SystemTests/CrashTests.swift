import Conformance
import Foundation
import Testing

/// The steps of a video from a short recording, in order.
private let steps: [String] = ["probe", "normalize", "transcribe", "analyse", "draw-1", "render-1", "mux"]

func sample(_ name: String) throws -> Data {
    try Data(contentsOf: SuishaProcess.project.appending(path: "samples/\(name)"))
}

extension SystemTests {
    @Suite("A2: workers that die, freeze and stop")
    struct Crashes {
        /// Attacks: a step's result is stored, or its work is repeated, never half of both.
        @Test(
            "kill -9 after the work of a step and before its result resumes at that step",
            arguments: DatabaseFixture.all,
            steps)
        func resumes(fixture: DatabaseFixture, step: String) async throws {
            try await fixture.withPlace { url in
                try await Installation.with(["SUISHA_DATABASE_URL": url]) { try await resumes($0, at: step) }
            }
        }

        private func resumes(_ installation: Installation, at step: String) async throws {
            let (_, api) = try await installation.server(roles: "api")
            let marker = installation.folder.appending(path: "marker")
            let first = try installation.start(
                ["worker"], environment: ["SUISHA_HOLD_AFTER_STEP": "\(step):\(marker.path)"])
            let id = try await api.submitVideo(sample("jfk.flac"))
            try await eventually("the worker reaches \(step); its log: \(first.logText)", within: .seconds(90)) {
                FileManager.default.fileExists(atPath: marker.path)
            }
            try await first.killNow()

            _ = try installation.start(["worker"])
            let job = try await api.ended(id)
            #expect(job.state == "succeeded", "\(job.error?.message ?? "")")
            // A record tells who used the step last: the second worker used all, and repeated only what had no result.
            let records = job.steps ?? []
            let before = steps.prefix { $0 != step }
            #expect(records.allSatisfy { $0.epoch == 2 })
            #expect(Set(records.filter(\.reused).map(\.name)) == Set(before))
            #expect(Set(records.filter { !$0.reused }.map(\.name)) == Set(steps).subtracting(before))
            #expect(job.artifacts?.contains { $0.name == "video.mp4" && $0.size > 10_000 } == true)
        }

        /// Attacks: nothing that a dead worker started goes on.
        @Test("what a killed worker left behind is removed by the next one")
        func leftoversAreRemoved() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server(roles: "api")
                let first = try installation.start(["worker"])
                let id = try await api.submitVideo(sample("order-ja.flac"))
                try await eventually("recognition runs", within: .seconds(60)) {
                    !Children.working(in: installation.scratch, named: "suisha-transcribe").isEmpty
                }
                try await first.killNow()
                _ = try installation.start(["worker"])
                #expect(try await api.ended(id).state == "succeeded")
                #expect(Children.working(in: installation.scratch).isEmpty)
                try await eventually("scratch is empty") { try Children.jobFolders(in: installation.scratch).isEmpty }
            }
        }

        /// Attacks: two owners. The frozen worker's job goes to another one; what it reports afterwards counts for nothing.
        @Test("a worker that freezes loses its job and cannot finish it")
        func frozenWorkerIsFenced() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server(roles: "api")
                let first = try installation.start(["worker"])
                let id = try await api.submitVideo(sample("order-ja.flac"))
                try await eventually("the job runs") { try await api.job(id).state == "leased" }
                try await first.freeze(beside: api)
                _ = try installation.start(["worker"])
                let job = try await api.ended(id)
                first.signal(SIGCONT)
                #expect(job.state == "succeeded")
                #expect(job.steps?.contains { $0.name == "mux" && $0.epoch == 2 } == true)
                try await eventually("the frozen worker notices") {
                    first.logText.contains("session lapsed") || first.logText.contains("belongs to another worker")
                }
                let after = try await api.job(id)
                #expect(after.state == "succeeded" && after.attempt == job.attempt)
            }
        }

        @Test("SIGTERM hands the job back without spending an attempt, and the next worker finishes it")
        func drainHandsBack() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server(roles: "api")
                let marker = installation.folder.appending(path: "marker")
                let first = try installation.start(
                    ["worker", "--worker-drain-time", "100ms"],
                    environment: ["SUISHA_HOLD_AFTER_STEP": "transcribe:\(marker.path)"])
                let id = try await api.submitVideo(sample("jfk.flac"))
                try await eventually("the worker is busy", within: .seconds(60)) {
                    FileManager.default.fileExists(atPath: marker.path)
                }
                first.signal(SIGTERM)
                #expect(try await first.ended(within: .seconds(20)) == 0)
                let waiting = try await api.job(id)
                #expect(waiting.state == "ready" && waiting.attempt == 0)
                _ = try installation.start(["worker"])
                let job = try await api.ended(id)
                #expect(job.state == "succeeded" && job.attempt == 1)
            }
        }

        @Test("cancelling ends every program of the job and removes its scratch folder")
        func cancelEndsEverything() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let id = try await api.submitVideo(sample("order-ja.flac"))
                try await eventually("recognition runs", within: .seconds(60)) {
                    !Children.working(in: installation.scratch, named: "suisha-transcribe").isEmpty
                }
                #expect(try await api.send("POST", "/api/v1/jobs/\(id)/cancel").status == 202)
                #expect(try await api.ended(id, within: .seconds(60)).state == "canceled")
                try await eventually("no program is left") {
                    Children.working(in: installation.scratch).isEmpty
                }
                try await eventually("scratch is gone") {
                    try Children.jobFolders(in: installation.scratch).isEmpty
                }
            }
        }

        @Test("a program that is killed costs one attempt, and the job succeeds")
        func killedProgramIsRetried() async throws {
            try await Installation.with { installation in
                let (_, api) = try await installation.server()
                let id = try await api.submitVideo(sample("order-ja.flac"))
                let victim = try await eventually("recognition runs", within: .seconds(60)) {
                    Children.working(in: installation.scratch, named: "suisha-transcribe").first
                }
                kill(victim, SIGKILL)
                let job = try await api.ended(id)
                #expect(job.state == "succeeded" && job.attempt == 2)
            }
        }
    }
}

/// Everything that starts the built program; one at a time, because each keeps both processors busy.
@Suite("The built program", .serialized)
struct SystemTests {}
