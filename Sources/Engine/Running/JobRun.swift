import Endpoints
import Foundation
import Logging
import Model
import Storage

/// Runs one leased job to the end of its lease.
struct JobRun {
    let leased: LeasedJob
    let kind: JobKind
    let stop: StopSwitch
    let store: any JobLeases
    let objects: any ObjectStore
    let scratch: ScratchFolders
    let retries: RetryPolicy
    let logger: Logger

    /// What its kind allows, or what is left for it of its workspace's processing time.
    private var limit: Duration { min(kind.timeout, leased.allowance ?? kind.timeout) }

    /// How the lease ends; nil when it is lost and nothing may be written.
    func outcome() async -> JobOutcome? {
        let recorder = JobRecorder(lease: leased.lease, store: store, stop: stop)
        let folder = scratch.folder(for: "\(leased.job.id)-\(leased.lease.epoch)")
        let context = JobContext(
            job: leased.job, lease: leased.lease, folder: folder, objects: objects, logger: logger, store: store,
            recorder: recorder, meter: RunningMeter(ProgressMeter(stages: [], rates: [:])))
        let result = await run(context)
        folder.remove()
        if stop.reason == .leaseLost { return nil }
        // What was logged last must not be lost with an error; the outcome decides, so a failure here is only logged.
        do {
            try await recorder.record([])
        } catch {
            logger.warning("the last log lines of a job could not be written", metadata: ["error": "\(error)"])
        }
        return stop.reason == .leaseLost ? nil : outcome(of: result)
    }

    /// The handler beside its stop switch, and its writer with its deadline; all of them end with the first that ends.
    private func run(_ context: JobContext) async -> Result<JSONText, any Error> {
        await withTaskGroup(of: Result<JSONText, any Error>?.self) { group in
            group.addTask {
                do {
                    return .success(try await kind.run(context))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                await context.recorder.run(for: limit, logger: logger)
                if !Task.isCancelled { stop.stop(.timedOut) }
                await stop.wait()
                return nil
            }
            group.addTask {
                await stop.wait()
                return nil
            }
            var result: Result<JSONText, any Error>?
            while result == nil, let next = await group.next() {
                result = next
                // Whatever ended, the rest must end; the handler's own result still counts.
                group.cancelAll()
            }
            return result ?? .failure(CancellationError())
        }
    }

    private func outcome(of result: Result<JSONText, any Error>) -> JobOutcome {
        switch result {
        case .success(let value):
            return .succeeded(value)
        case .failure(let error):
            switch stop.reason {
            case .canceled: return .canceled
            case .draining, .leaseLost: return .handedBack
            case .timedOut:
                return failed(overtime)
            case nil: return failed(error)
            }
        }
    }

    private var overtime: JobFailure {
        let seconds = Int(limit.fractionalSeconds)
        guard limit < kind.timeout else {
            let message = "The job ran longer than \(seconds) s, the limit of its kind; it was stopped."
            return JobFailure(code: "timed-out", message: message, retryable: true)
        }
        let message = """
            The \(seconds) s that were left of the plan's processing time for this run are used up; it was stopped. There is \
            more with the next month or a larger plan.
            """
        return JobFailure(code: "processing-used-up", message: message, retryable: true)
    }

    private func failed(_ error: any Error) -> JobOutcome {
        var retryAfter: Duration?
        let failure: JobFailure
        switch error {
        case let later as RetryLater:
            failure = later.failure
            retryAfter = later.after
        case let known as JobFailure:
            failure = known
        case let storage as StorageError where storage.underlying is Problem:
            // A bound of the workspace, in the words of whoever keeps the books.
            failure = JobFailure(code: "quota-exceeded", message: storage.message, retryable: true)
        case let storage as StorageError:
            failure = JobFailure(code: "storage-\(storage.code)", message: storage.message, retryable: true)
        default:
            failure = JobFailure(code: "failed", message: "\(error)", retryable: true)
        }
        guard failure.retryable, leased.job.attempt < leased.job.maxAttempts else {
            var last = failure
            last.retryable = false
            return .dead(last)
        }
        var random = SystemRandomNumberGenerator()
        return .retry(
            failure, after: retries.delay(afterAttempt: leased.job.attempt, retryAfter: retryAfter, using: &random))
    }
}
