import CommandJobs
import Conformance
import Foundation
import Model
import Storage
import Testing

/// A child and a grandchild, both deaf to SIGTERM, found by a number in their arguments.
@Suite("commands that must end early (A9)")
struct CommandEndingTests {
    private let marker = "61.\(UInt32.random(in: 100_000_000...UInt32.max))"

    private var deaf: String {
        "trap '' TERM; (trap '' TERM; sleep \(marker)) & echo ready >&2; sleep \(marker); sleep \(marker)"
    }

    private func living() -> Int {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.filter { id in
            guard Int32(id) != nil, let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else {
                return false
            }
            return data.starts(with: Data("sleep\0\(marker)".utf8))
        }.count
    }

    /// Waits for less than the 61 s after which they end by themselves.
    private func allDead() async throws {
        try await eventually("all dead", within: .seconds(20)) { living() == 0 }
    }

    private func isRunning(_ trial: CommandTrial, _ id: JobID) async throws -> Bool {
        let log = try await trial.log(id)
        return log.contains { $0.message == "ready" } && living() == 2
    }

    @Test("cancelling kills the whole group, also one that is deaf to SIGTERM")
    func cancelled() async throws {
        try await CommandTrial.withShell(deaf) { trial in
            let id = try await trial.submit()
            try await eventually("runs") { try await isRunning(trial, id) }
            _ = try await trial.store.cancel(id, in: .local)
            #expect(try await trial.ended(id).state == .canceled)
            try await allDead()
        }
    }

    @Test("a command may clean up for 5 s when its job is cancelled")
    func cleansUp() async throws {
        let traces = FileManager.default.temporaryDirectory.appending(path: "traces-\(UUID())")
        defer { try? FileManager.default.removeItem(at: traces) }
        let script =
            "trap 'sleep 1; echo cleaned > \"$TRACES\"; exit 1' TERM; echo ready >&2; while :; do sleep 0.05; done"
        try await CommandTrial.withShell(
            script, ["environment": .list(["TRACES"])], environment: ["TRACES": traces.path]
        ) { trial in
            let id = try await trial.submit()
            try await eventually("runs") { try await trial.log(id).contains { $0.message == "ready" } }
            _ = try await trial.store.cancel(id, in: .local)
            #expect(try await trial.ended(id).state == .canceled)
            #expect(try String(contentsOf: traces, encoding: .utf8) == "cleaned\n")
        }
    }

    @Test("a command that hangs is ended at its timeout, with all its children")
    func timedOut() async throws {
        try await CommandTrial.withShell(deaf, ["timeout": .text("10s"), "attempts": .text("1")]) { trial in
            let id = try await trial.submit()
            try await eventually("runs") { try await isRunning(trial, id) }
            let job = try await trial.ended(id)
            #expect(job.failure?.code == "timed-out")
            try await allDead()
        }
    }

    @Test("a worker that stops hands the job back and leaves no process")
    func workerStops() async throws {
        let left = Found<JobID>()
        try await CommandTrial.withShell(deaf) { trial in
            let id = try await trial.submit()
            left.value = id
            try await eventually("runs") { try await isRunning(trial, id) }
        }
        #expect(left.value != nil)
        try await allDead()
    }

    @Test("children that a command leaves behind at a good end are killed")
    func leftovers() async throws {
        try await CommandTrial.withShell("(trap '' TERM; sleep \(marker)) & echo '{}'") { trial in
            #expect(try await trial.outcome().state == .succeeded)
            try await allDead()
        }
    }

    @Test("an endless log is bounded, and the job goes on")
    func endlessLog() async throws {
        try await CommandTrial.withShell("yes 'spam spam spam' | head -n 200000 >&2; echo '{}'") { trial in
            let id = try await trial.submit()
            #expect(try await trial.ended(id).state == .succeeded)
            #expect(try await trial.log(id).count < 10_100)
        }
    }
}
