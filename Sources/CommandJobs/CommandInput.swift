import Engine
import Model
import Storage

/// The document that a command reads from standard input.
struct CommandInput: Encodable {
    let job: JobID
    let workspace: WorkspaceID
    let kind: String
    let attempt: Int
    let epoch: Int64
    let input: JSONText

    init(_ context: JobContext) {
        job = context.job.id
        workspace = context.job.workspace
        kind = context.job.kind
        attempt = context.job.attempt
        epoch = context.lease.epoch
        input = context.job.input
    }

    func json() throws -> JSONText { try JSONText(encoding: self) }
}
