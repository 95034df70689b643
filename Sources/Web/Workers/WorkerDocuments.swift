import Engine
import Model
import Storage

/// A session as its worker sees it.
struct WorkerDocument: Encodable {
    let id: WorkerSessionID
    let lease: Int64
    let heartbeat: Int64

    init(_ worker: OutsideWorker) {
        id = worker.id
        lease = worker.lease.microseconds / 1_000
        // Two of three may be lost.
        heartbeat = lease / 3
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case lease = "lease_ms"
        case heartbeat = "heartbeat_ms"
    }
}

/// The answer to a worker that asked for jobs.
struct LeasedJobsDocument: Encodable {
    let jobs: [Item]

    struct Item: Encodable {
        let id: JobID
        let kind: String
        let input: JSONText
        let attempt: Int
        let maxAttempts: Int
        let epoch: Int64
        let timeout: Int64
        let batch: BatchID?
        let trace: String?
        let request: String?

        init(_ leased: LeasedJob, timeout: Duration) {
            let job = leased.job
            id = job.id
            kind = job.kind
            input = job.input
            attempt = job.attempt
            maxAttempts = job.maxAttempts
            epoch = job.epoch
            self.timeout = timeout.microseconds / 1_000
            batch = job.batch
            trace = job.trace
            request = job.request
        }

        private enum CodingKeys: String, CodingKey {
            case id, kind, input, attempt, epoch, batch, trace
            case maxAttempts = "max_attempts"
            case timeout = "timeout_ms"
            case request = "request_id"
        }
    }
}

/// The answer to a heartbeat.
struct HeldJobsDocument: Encodable {
    let jobs: [Item]

    struct Item: Encodable {
        let id: JobID
        let epoch: Int64
        let shouldStop: Bool
        let reason: JobStopReason?

        init(_ job: HeldJob) {
            id = job.lease.job
            epoch = job.lease.epoch
            reason = job.stopReason
            shouldStop = reason != nil
        }

        private enum CodingKeys: String, CodingKey {
            case id, epoch, reason
            case shouldStop = "cancel_requested"
        }
    }
}

/// Whether a worker should stop working on the job that it wrote about.
struct StopDocument: Encodable {
    let shouldStop: Bool
    let reason: JobStopReason?

    init(_ reason: JobStopReason?) {
        self.reason = reason
        shouldStop = reason != nil
    }

    enum CodingKeys: String, CodingKey {
        case reason
        case shouldStop = "cancel_requested"
    }
}

/// How many lines of a log were taken.
struct LogReceiptDocument: Encodable {
    let kept: Int
    let stop: StopDocument

    func encode(to encoder: any Encoder) throws {
        try stop.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kept, forKey: .kept)
    }

    private enum CodingKeys: String, CodingKey { case kept }
}
