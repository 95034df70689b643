import Endpoints
import Model
import Storage

/// What the audit log calls what people and programs do to jobs. What becomes of a job is told by its own journal, and to
/// webhooks.
package enum JobDeeds {
    package static let submission: String = "job.submitted"
    package static let batch: String = "batch.submitted"
    package static let canceling: String = "job.cancel_requested"
    package static let retrying: String = "job.retried"
}

extension CallDeeds {
    /// Tells of the jobs that were not there before.
    func add(_ submitted: [SubmittedJob]) {
        let new = submitted.filter { !$0.existing }
        guard let first = new.first, let last = new.last else { return addNothing() }
        add(
            JobDeeds.submission,
            to: .init(count: new.count, first: first.job.id.description, last: last.job.id.description))
    }
}
