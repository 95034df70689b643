package import Model
package import Storage

/// What a worker names in every call about a job.
package struct OutsideCall: Hashable, Sendable {
    package let worker: OutsideWorker
    package let job: JobID
    /// The fencing token of its lease.
    package let epoch: Int64

    package init(worker: OutsideWorker, job: JobID, epoch: Int64) {
        self.worker = worker
        self.job = job
        self.epoch = epoch
    }

    var lease: JobLease { JobLease(job: job, workspace: worker.workspace, epoch: epoch) }
}

/// Why a worker should stop working on a job.
package enum JobStopReason: String, Encodable, Sendable {
    case canceled
    case timedOut = "timed-out"
}

extension HeldJob {
    /// Why its worker should stop; nil while it may go on.
    package var stopReason: JobStopReason? {
        cancelRequested ? .canceled : isOverdue() ? .timedOut : nil
    }
}
