import Crypto
package import Foundation
package import Logging
package import Model
import NIOCore
package import Storage
import Traces
import Tracing

/// What a handler works with: the job, a folder of its own, and the ways to report.
///
/// Everything it writes carries the lease's epoch; once another worker owns the job, writing throws and the handler's task is
/// cancelled.
package struct JobContext: Sendable {
    package let job: Job
    package let lease: JobLease
    let folder: ScratchFolder
    package let objects: any ObjectStore
    package let logger: Logger
    let store: any JobLeases
    let recorder: JobRecorder
    let meter: RunningMeter

    /// A folder that is empty at first, and removed when the handler returns, whatever happens.
    package var scratch: URL { get throws { try folder.make() } }

    /// Where in a trace it runs, a W3C `traceparent`, for those whom it calls.
    package var traceparent: String? { TraceContext.current?.traceparent ?? job.trace }

    /// A copy that measures progress by these stages.
    package func measuring(_ stages: [ProgressMeter.Stage]) async throws -> JobContext {
        let rates = try await store.stageRates(stages.map(\.rateKey))
        let meter = RunningMeter(ProgressMeter(stages: stages, rates: rates))
        recorder.follow(meter)
        return JobContext(
            job: job, lease: lease, folder: folder, objects: objects, logger: logger, store: store,
            recorder: recorder, meter: meter)
    }

    /// Writes a line into the job's log, soon.
    package func log(_ level: LogLine.Level, _ message: String, _ fields: [String: String]? = nil) {
        recorder.log(LogLine(level: level, message: message, fields: fields))
    }

    /// Says how much work a stage has, once that is known.
    package func setUnits(_ units: Double, ofStage stage: String) {
        meter.setUnits(units, ofStage: stage)
    }

    /// Says how far the running stage has come, 0 to 1. Cheap: call it as often as you like.
    package func advance(_ stage: String, to share: Double, operation: String? = nil) {
        recorder.progress(meter.advance(stage, to: share, operation: operation))
    }

    /// Runs one stage: announces it, measures it, records its end.
    package func stage<Value: Sendable>(
        _ name: String, operation: String? = nil, _ body: () async throws -> (value: Value, reused: Bool)
    ) async throws -> Value {
        try Task.checkCancellation()
        let progress = meter.begin(name, operation: operation)
        try await recorder.record([.stage(progress)])
        let outcome = try await body()
        let (measured, after) = meter.end(name, reused: outcome.reused)
        recorder.progress(after)
        if let measured {
            try await recorder.record([.rate(key: measured.key, units: measured.units, seconds: measured.seconds)])
        }
        return outcome.value
    }

    /// Runs a step unless its result is known: from an earlier attempt of this job, or from any job of the workspace.
    ///
    /// The result is durable when this returns. A known result counts only while all its files are there.
    package func step<Result: StepResult>(
        _ name: String, key: StepKey, _ run: () async throws -> Result
    ) async throws -> (value: Result, reused: Bool) {
        try Task.checkCancellation()
        return try await RecordedSpan.child("step \(name)") { span in
            let outcome = try await perform(name, key, run)
            span?.add(["suisha.step.reused": .bool(outcome.reused)])
            return outcome
        }
    }

    private func perform<Result: StepResult>(
        _ name: String, _ key: StepKey, _ run: () async throws -> Result
    ) async throws -> (value: Result, reused: Bool) {
        let startedAt = Timestamp.now
        if let known = try await known(Result.self, key) {
            let record = StepRecord(
                name: name, key: key.hex, reused: true, epoch: lease.epoch, startedAt: startedAt, finishedAt: .now)
            try await recorder.record([.step(record, result: nil)])
            return (known, true)
        }
        let result = try await run()
        #if DEBUG
            try await StepHold.afterStep(name)
        #endif
        let record = StepRecord(
            name: name, key: key.hex, reused: false, epoch: lease.epoch, startedAt: startedAt, finishedAt: .now)
        try await recorder.record([.step(record, result: try JSONText(encoding: result))])
        return (result, false)
    }

    private func known<Result: StepResult>(_ type: Result.Type, _ key: StepKey) async throws -> Result? {
        guard let text = try await store.stepResult(key.hex, in: job.workspace),
            let result = try? text.decode(Result.self)
        else { return nil }
        for file in result.files where try await objects.info(file.object)?.size != file.size { return nil }
        return result
    }

    /// Stores a file under the name of its content.
    package func storeFile(_ file: URL, contentType: String) async throws -> StoredFile {
        let (hash, size) = try await FileHash.sha256(of: file)
        let key = WorkspaceKey.file(hash, in: job.workspace)
        do {
            _ = try await objects.put(key, file: file, contentType: contentType, onlyIfAbsent: true)
        } catch let error as StorageError where error.code == .conflict {
            // The same content is there already.
        }
        return StoredFile(object: key, sha256: hash, size: size, contentType: contentType)
    }

    /// Copies a stored file into the scratch folder.
    package func fetch(_ file: StoredFile, as name: String) async throws -> URL {
        let url = try scratch.appendingPathComponent(name)
        if !FileManager.default.fileExists(atPath: url.path) { try await objects.download(file.object, to: url) }
        return url
    }

    /// Lets people download a stored file under a name.
    package func publish(_ files: [(name: String, file: StoredFile)]) async throws {
        try await recorder.record(
            files.map { name, file in
                .artifact(
                    Artifact(
                        name: name, object: file.object, contentType: file.contentType, size: file.size,
                        sha256: file.sha256))
            })
    }
}
