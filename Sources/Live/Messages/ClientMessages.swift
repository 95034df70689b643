import Endpoints
package import Model

/// What a client asks for over a live connection.
enum ClientRequest: Sendable {
    case subscribe(LiveStreamName, after: LivePosition?)
    case unsubscribe(LiveStreamName)
    case command(LiveCommand)
}

/// An operation of the API, called over a live connection.
package struct LiveCommand: Sendable {
    /// The operation: `submitJob`.
    package let operation: String
    /// The parameters of its path.
    package let path: [String: String]
    /// The JSON that it takes; nil for none.
    package let body: JSONText?
    package let idempotencyKey: String?
}

/// Asks for the events of a stream.
struct SubscribeMessage: Decodable, Documented {
    let stream: Formed<StreamForm>
    let epoch: Text<1, 32>?
    let seq: Bounded<SequenceNumbers>?

    static let meanings = [
        "stream": "What to listen to.",
        "epoch": "That of the last event that the client has; may be left out for a job.",
        "seq": "The number of the last event that the client has, 0 for all that are kept; left out for a snapshot.",
    ]

    var request: ClientRequest {
        get throws {
            let name = try stream.name
            guard let seq else { return .subscribe(name, after: nil) }
            let usual = if case .job = name { JobSource.epoch } else { "" }
            return .subscribe(name, after: LivePosition(epoch: epoch?.value ?? usual, seq: Int64(seq.value)))
        }
    }
}

/// Ends a subscription.
struct UnsubscribeMessage: Decodable, Documented {
    let stream: Formed<StreamForm>

    static let meanings = ["stream": "What not to listen to any more."]

    var request: ClientRequest { get throws { .unsubscribe(try stream.name) } }
}

/// Submits a job.
struct JobStartMessage: Decodable, Documented {
    let body: JSONText
    let idempotencyKey: Text<1, 200>?

    static let meanings = [
        "body": "The JSON that submitJob takes.", "idempotency_key": "Like the header `Idempotency-Key` there.",
    ]

    var request: ClientRequest {
        .command(
            LiveCommand(operation: "submitJob", path: [:], body: body, idempotencyKey: idempotencyKey?.value))
    }

    private enum CodingKeys: String, CodingKey {
        case body
        case idempotencyKey = "idempotency_key"
    }
}

/// Cancels a job.
struct JobCancelMessage: Decodable, Documented {
    let job: JobID

    static let meanings = ["job": "The job's id."]

    var request: ClientRequest {
        .command(
            LiveCommand(operation: "cancelJob", path: ["id": job.description], body: nil, idempotencyKey: nil))
    }
}

/// Changes the workspace.
struct SettingsUpdateMessage: Decodable, Documented {
    let body: JSONText

    static let meanings = ["body": "The JSON that renameWorkspace takes."]

    var request: ClientRequest {
        .command(LiveCommand(operation: "renameWorkspace", path: [:], body: body, idempotencyKey: nil))
    }
}

/// The name of a stream.
enum StreamForm: TextForm {
    static let pattern = LiveStreamName.pattern
    static let rule = "must name a stream: job:job_…, workspace:ws_…/jobs or system"
    static let example = "system"
    static func isMet(by text: String) -> Bool { LiveStreamName(text) != nil }
}

/// The numbers of events.
enum SequenceNumbers: WholeBounds {
    static let range = 0...999_999_999_999_999_999
}

extension Formed<StreamForm> {
    fileprivate var name: LiveStreamName {
        get throws {
            guard let name = LiveStreamName(value) else {
                throw Problem(.unprocessable, "The field 'stream' \(StreamForm.rule).", field: "stream")
            }
            return name
        }
    }
}
