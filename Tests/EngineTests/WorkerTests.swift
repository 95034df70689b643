import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Synchronization
import Testing

@testable import Engine

@Suite("A2: a worker with a real store")
struct WorkerTests {
    @Test("a failure that may pass is tried again after a while, and the reason stays until then")
    func retries() async throws {
        try await TestWorker.with { context, attempt in
            guard attempt > 2 else { throw JobFailure(code: "shaky", message: "Not yet.", retryable: true) }
            return .emptyObject
        } check: { worker in
            let job = try await worker.ended(try await worker.submit())
            #expect(job.state == .succeeded && job.attempt == 3 && job.failure == nil)
        }
    }

    @Test("a failure that cannot pass ends the job at once", arguments: [true, false])
    func ends(retryable: Bool) async throws {
        try await TestWorker.with { _, _ in
            throw JobFailure(code: "broken", message: "It is broken. Mend it.", retryable: retryable)
        } check: { worker in
            let job = try await worker.ended(try await worker.submit(maxAttempts: 2))
            #expect(job.state == .dead && job.attempt == (retryable ? 2 : 1))
            #expect(job.failure?.code == "broken" && job.failure?.message == "It is broken. Mend it.")
        }
    }

    @Test("a handler that takes longer than its kind allows is stopped")
    func timesOut() async throws {
        try await TestWorker.with(timeout: .milliseconds(50)) { _, _ in
            try await Task.sleep(for: .seconds(3_600))
            return .emptyObject
        } check: { worker in
            let job = try await worker.ended(try await worker.submit(maxAttempts: 1))
            #expect(job.state == .dead && job.failure?.code == "timed-out")
        }
    }

    @Test("work with a known result does not run again, for any job of the workspace, while its files are there")
    func stepsAreShared() async throws {
        let runs = Mutex(0)
        try await TestWorker.with { context, _ in
            let key = try StepKey(stage: "write", version: 1, inputs: [], parameters: "same")
            let step = try await context.step("write", key: key) {
                runs.withLock { $0 += 1 }
                let file = try context.scratch.appending(path: "text")
                try Data("hello".utf8).write(to: file)
                return Written(file: try await context.storeFile(file, contentType: "text/plain"))
            }
            try await context.publish([("text", step.value.file)])
            return try JSONText(encoding: ["reused": step.reused])
        } check: { worker in
            let first = try await worker.ended(try await worker.submit())
            let second = try await worker.ended(try await worker.submit())
            #expect(first.result?.text == #"{"reused":false}"# && second.result?.text == #"{"reused":true}"#)
            let artifact = try #require(try await worker.store.artifacts(of: second.id, in: .local).first)
            try await worker.objects.delete(artifact.object)
            let third = try await worker.ended(try await worker.submit())
            #expect(third.result?.text == #"{"reused":false}"# && runs.withLock { $0 } == 2)
        }
    }

    @Test(
        "a call or a reply that the connection loses costs neither the job nor an attempt",
        arguments: LossyLeases.Fault.allCases)
    func lostCalls(fault: LossyLeases.Fault) async throws {
        try await TestWorker.with(faults: [fault]) { context, _ in
            try await context.stage("only") { ((), false) }
            return .emptyObject
        } check: { worker in
            let job = try await worker.ended(try await worker.submit(maxAttempts: 1))
            #expect(job.state == .succeeded && job.attempt == 1, "\(job.failure?.message ?? "")")
        }
    }

    @Test("an ending that cannot be stored does not end others that came with it")
    func endingsApart() async throws {
        try await DatabaseFixture.sqlite.withDatabase { trial in
            let leases = LossyLeases(SQLJobStore(database: trial.database), [])
            leases.refusedBatches.withLock { $0 = 0 }
            let endings = LeaseEndings(store: leases)
            let codes = await withTaskGroup(of: StorageError.Code?.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        do throws(StorageError) {
                            try await endings.finish(
                                .canceled, under: JobLease(job: JobID(), workspace: .local, epoch: 1))
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            // Nobody holds these leases, which is the answer for each of them.
            #expect(codes.allSatisfy { $0 == .fenced })
            #expect(leases.refusedBatches.withLock { $0 ?? 0 } > 0)
        }
    }

    @Test("a claim that comes back after the session was lost starts nothing")
    func lateClaim() {
        let running = RunningJobs(slots: 1)
        _ = running.openSession()
        running.loseSession()
        let lease = JobLease(job: JobID(), workspace: .local, epoch: 1)
        #expect(running.start(lease).reason == .leaseLost)
    }

    @Test("a lease that nobody works under goes back, but not while a claim may still bring it")
    func orphans() {
        let running = RunningJobs(slots: 2)
        let lease = JobLease(job: JobID(), workspace: .local, epoch: 1)
        let notices = [LeaseNotice(lease: lease, cancelRequested: false)]
        #expect(running.apply(notices, since: running.look()) == [lease])
        running.beginClaim()
        let during = running.look()
        #expect(running.apply(notices, since: during).isEmpty)
        _ = running.start(lease)
        running.endClaim()
        #expect(running.apply(notices, since: during).isEmpty)
        let after = running.look()
        running.finish(lease)
        #expect(running.apply(notices, since: after).isEmpty)
    }

    @Test("never more jobs run at once than there are slots, and all of them run")
    func slots() async throws {
        let counts = Mutex((now: 0, most: 0))
        try await TestWorker.with { _, _ in
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
            for _ in 0..<20 { await Task.yield() }
            counts.withLock { $0.now -= 1 }
            return .emptyObject
        } check: { worker in
            var jobs: [JobID] = []
            for _ in 0..<30 { jobs.append(try await worker.submit()) }
            for job in jobs { #expect(try await worker.ended(job).state == .succeeded) }
            #expect(counts.withLock { $0.most } <= TestWorker.slots)
        }
    }

    @Test("whatever happens, the scratch folder is gone afterwards", arguments: [true, false])
    func scratch(succeeds: Bool) async throws {
        try await TestWorker.with { context, _ in
            try Data(count: 100).write(to: context.scratch.appending(path: "left"))
            guard succeeds else { throw JobFailure(code: "broken", message: "It is broken.", retryable: false) }
            return .emptyObject
        } check: { worker in
            _ = try await worker.ended(try await worker.submit())
            try await eventually("scratch is empty") { try worker.scratchFolders().isEmpty }
        }
    }

    @Test("a flood of log lines is bounded, and the log tells how many are missing")
    func logFlood() async throws {
        try await TestWorker.with { context, _ in
            for number in 0..<5_000 { context.log(.info, "line \(number)") }
            return .emptyObject
        } check: { worker in
            let id = try await worker.submit()
            _ = try await worker.ended(id)
            let lines = try await worker.store.events(
                of: id, in: .local, after: 0, type: .log, limit: 10_000)
            #expect(lines.count < 5_000)
            #expect(lines.contains { $0.data.text.contains("log lines were left out") })
        }
    }

    @Test("a kind that this worker does not know waits for one that does")
    func unknownKind() async throws {
        try await TestWorker.with { _, _ in
            .emptyObject
        } check: { worker in
            let foreign = try await worker.submit(kind: "foreign")
            _ = try await worker.ended(try await worker.submit())
            #expect(try await worker.store.job(foreign, in: .local)?.state == .ready)
        }
    }
}

/// What a step of these tests leaves behind.
private struct Written: StepResult {
    let file: StoredFile
    var files: [StoredFile] { [file] }
}
