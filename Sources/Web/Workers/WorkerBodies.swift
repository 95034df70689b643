package import Endpoints
import Engine
import Model
package import Storage

/// A worker that registers.
struct RegistrationBody: Decodable, Documented {
    /// One kind of job that it runs.
    struct Kind: Decodable, Documented {
        let name: Formed<KindName>
        let summary: Line<1, 200>?
        let band: Choice<BandWord>?
        let maxAttempts: Whole<1, 100>?
        let timeout: Whole<1_000, 604_800_000>?

        static let meanings = [
            "name": "Small letters, digits and hyphens; not the name of a kind that this server runs itself.",
            "summary": "One line for lists.",
            "band": "Whether somebody waits for the result; `batch` unless told.",
            "max_attempts": "How often a job is tried; 5 unless told. Jobs that are stored keep theirs.",
            "timeout_ms": "How long an attempt may take; 600000 unless told.",
        ]

        private enum CodingKeys: String, CodingKey {
            case name, summary, band
            case maxAttempts = "max_attempts"
            case timeout = "timeout_ms"
        }
    }

    let name: Line<1, 100>
    let kinds: Many<Kind, 1, 64>
    let lease: Whole<1_000, 600_000>?

    static let meanings = [
        "name": "What people call the worker: `resizer-3`.", "kinds": "What it runs.",
        "lease_ms": "How long its jobs stay its own after its last heartbeat; 15000 unless told.",
    ]

    private enum CodingKeys: String, CodingKey {
        case name, kinds
        case lease = "lease_ms"
    }

    func worker(in workspace: WorkspaceID) -> OutsideWorker {
        OutsideWorker(
            workspace: workspace, name: name.value, kinds: kinds.values.map(\.name.value),
            lease: lease.map { .milliseconds($0.value) } ?? OutsideWorkService.defaultLease)
    }

    /// - Throws: `Problem` when a kind is there twice.
    func outsideKinds() throws -> [OutsideKind] {
        var names: Set<String> = []
        return try kinds.values.enumerated().map { index, kind in
            guard names.insert(kind.name.value).inserted else {
                throw Problem(
                    .unprocessable, "The kind '\(kind.name.value)' is there twice.", field: "kinds[\(index)].name")
            }
            return OutsideKind(
                name: kind.name.value, summary: kind.summary?.value ?? "Runs on an outside worker",
                band: kind.band?.value.band ?? .batch, maxAttempts: kind.maxAttempts?.value ?? 5,
                timeout: .milliseconds(kind.timeout?.value ?? 600_000))
        }
    }
}

/// What kinds of jobs are named.
enum KindName: TextForm {
    static let pattern = "^[a-z][a-z0-9-]{0,62}$"
    static let rule = "must have up to 63 small letters, digits and hyphens, a letter first, such as resize-image"
    static let example = "resize-image"

    static func isMet(by text: String) -> Bool { text.wholeMatch(of: /[a-z][a-z0-9-]{0,62}/) != nil }
}

/// What codes of failures look like.
enum FailureCode: TextForm {
    static let pattern = KindName.pattern
    static let rule = "must have up to 63 small letters, digits and hyphens, a letter first, such as bad-image"
    static let example = "bad-image"

    static func isMet(by text: String) -> Bool { KindName.isMet(by: text) }
}

/// The words for bands.
enum BandWord: String, Hashable, Sendable, CaseIterable {
    case interactive, batch

    var band: Band {
        switch self {
        case .interactive: .interactive
        case .batch: .batch
        }
    }
}

/// A worker that asks for jobs.
struct LeaseBody: Decodable, Documented {
    let limit: Whole<1, 64>?
    let wait: Whole<0, 30_000>?

    static let meanings = [
        "limit": "How many jobs at most; 1 unless told.", "wait_ms": "How long to wait for the first; 0 unless told.",
    ]

    private enum CodingKeys: String, CodingKey {
        case limit
        case wait = "wait_ms"
    }
}

/// The number of a lease.
typealias Epoch = Bounded<Epochs>

/// What the number of a lease may be.
enum Epochs: WholeBounds {
    static let range = 1...Int.max
}

private let epochMeaning = "The lease, as leaseJobs gave it."

/// How far a job is.
struct ProgressBody: Decodable, Documented {
    let epoch: Epoch
    let percent: Percent
    let stage: Line<1, 100>?
    let operation: Line<1, 200>?

    static let meanings = [
        "epoch": epochMeaning, "percent": "What is shown never goes back.",
        "stage": "The stage under way; the one before unless told.", "operation": "What is happening, for people.",
    ]

    /// A stage that begins is an entry of the journal; progress within it is not.
    func update(of job: HeldJob) -> JobUpdate {
        let progress = JobProgress(
            stage: stage?.value ?? job.stage ?? "run", percent: percent.value, operation: operation?.value)
        return progress.stage == job.stage ? .progress(progress) : .stage(progress)
    }
}

/// From 0 to 100, also with a fraction.
struct Percent: SelfDescribing {
    let value: Double

    static let schema: Schema = .number(minimum: 0, maximum: 100)
    static let example = Percent(value: 50)

    init(value: Double) { self.value = value }

    init(from decoder: any Decoder) throws {
        value = try decoder.singleValueContainer().decode(Double.self)
        guard (0...100).contains(value) else { throw decoder.refusal("must lie between 0 and 100") }
    }
}

/// Lines for the log of a job.
struct LogBody: Decodable, Documented {
    /// One line.
    struct Line: Decodable, Documented {
        let level: LogLine.Level
        let message: String
        let fields: [String: String]?

        static let meanings = [
            "level": "How much it matters.", "message": "The line.",
            "fields": "More about it, by name: at most 32.",
        ]
    }

    let epoch: Epoch
    let lines: Many<Line, 0, 500>

    static let meanings = ["epoch": epochMeaning, "lines": "In order."]

    /// The lines, cut to their longest form.
    func logLines() throws -> [LogLine] {
        try lines.values.enumerated().map { index, line in
            guard (line.fields ?? [:]).count <= 32 else {
                throw Problem(.unprocessable, "A line has at most 32 fields.", field: "lines[\(index)].fields")
            }
            return LogLine(
                level: line.level, message: String(line.message.prefix(4_096)),
                fields: line.fields?.mapValues { String($0.prefix(1_024)) })
        }
    }
}

extension LogLine.Level: SelfDescribing {
    package static let schema: Schema = .string(values: ["debug", "info", "warning", "error"])
    package static let example: LogLine.Level = .info
}

/// The result of a job.
struct CompletionBody: Decodable, Documented {
    let epoch: Epoch
    let result: JSONText?

    static let meanings = ["epoch": epochMeaning, "result": "An object; an empty one unless told."]

    func checkedResult() throws -> JSONText {
        guard let result else { return .emptyObject }
        guard result.text.hasPrefix("{") else {
            throw Problem(.unprocessable, "The result must be a JSON object.", field: "result")
        }
        return result
    }
}

/// Why an attempt failed.
struct FailureBody: Decodable, Documented {
    let epoch: Epoch
    let code: Formed<FailureCode>
    let message: String
    let retryable: Bool
    let retryAfter: Whole<0, 86_400_000>?

    static let meanings = [
        "epoch": epochMeaning, "code": "A stable word for programs: `bad-image`.",
        "message": "What failed and what to do next, without secrets.",
        "retryable": "Whether another attempt may succeed.",
        "retry_after_ms": "Not to be tried sooner, as when a provider sent Retry-After.",
    ]

    private enum CodingKeys: String, CodingKey {
        case epoch, code, message, retryable
        case retryAfter = "retry_after_ms"
    }

    var failure: JobFailure {
        JobFailure(
            code: code.value, message: message.isEmpty ? "The worker gave no reason." : String(message.prefix(4_096)),
            retryable: retryable)
    }
}

/// A job that goes back.
struct ReleaseBody: Decodable, Documented {
    let epoch: Epoch

    static let meanings = ["epoch": epochMeaning]
}

/// Checks of names that people will see.
enum WorkerText {
    /// No slash, backslash or control character, and no step to another folder.
    static let fileNamePattern = #"^(?!\.{1,2}$)[^/\\\u0000-\u001f\u007f-\u009f]{1,200}$"#

    static func fileName(_ text: String) throws -> String {
        guard (1...200).contains(text.utf8.count), ![".", ".."].contains(text),
            !text.contains(where: { "/\\".contains($0) }),
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw Problem(
                .unprocessable, "A file is named with up to 200 bytes, without slashes and control characters.",
                field: "name")
        }
        return text
    }
}
