import Endpoints
import Engine
import Model
import Storage

/// A worker that registers.
struct RegistrationBody: Decodable {
    struct Kind: Decodable {
        let name: String
        let summary: String?
        let band: String?
        let maxAttempts: Int64?
        let timeout: Int64?

        private enum CodingKeys: String, CodingKey {
            case name, summary, band
            case maxAttempts = "max_attempts"
            case timeout = "timeout_ms"
        }
    }

    let name: String
    let kinds: [Kind]
    let lease: Int64?

    private enum CodingKeys: String, CodingKey {
        case name, kinds
        case lease = "lease_ms"
    }

    /// The most kinds of one worker.
    static let maximumKinds = 64
    /// How long jobs may run, in milliseconds.
    static let timeouts: ClosedRange<Int64> = 1_000...(7 * 86_400_000)

    func worker(in workspace: WorkspaceID) throws -> OutsideWorker {
        let bounds = OutsideWorkService.leases
        let shortest = bounds.lowerBound.microseconds / 1_000
        let longest = bounds.upperBound.microseconds / 1_000
        let standard = OutsideWorkService.defaultLease.microseconds / 1_000
        return OutsideWorker(
            workspace: workspace, name: try WorkerText.line(name, upTo: 100, "name"), kinds: kinds.map(\.name),
            lease: .milliseconds(try checked(lease ?? standard, in: shortest...longest, "lease_ms")))
    }

    func outsideKinds() throws -> [OutsideKind] {
        guard (1...Self.maximumKinds).contains(kinds.count) else {
            throw Problem(
                .unprocessable, "A worker runs between 1 and \(Self.maximumKinds) kinds of jobs.", field: "kinds")
        }
        var names: Set<String> = []
        return try kinds.enumerated().map { index, kind in
            let field = "kinds[\(index)]"
            guard kind.name.wholeMatch(of: /[a-z][a-z0-9-]{0,62}/) != nil else {
                throw Problem(
                    .unprocessable,
                    "A kind is named with up to 63 small letters, digits and hyphens, a letter first: resize-image.",
                    field: "\(field).name")
            }
            guard names.insert(kind.name).inserted else {
                throw Problem(.unprocessable, "The kind '\(kind.name)' is there twice.", field: "\(field).name")
            }
            return OutsideKind(
                name: kind.name,
                summary: try kind.summary.map { try WorkerText.line($0, upTo: 200, "\(field).summary") }
                    ?? "Runs on an outside worker",
                band: try WorkerText.band(kind.band, "\(field).band"),
                maxAttempts: Int(try checked(kind.maxAttempts ?? 5, in: 1...100, "\(field).max_attempts")),
                timeout: .milliseconds(
                    try checked(kind.timeout ?? 600_000, in: Self.timeouts, "\(field).timeout_ms")))
        }
    }
}

/// A worker that asks for jobs.
struct LeaseBody: Decodable {
    let limit: Int64?
    let wait: Int64?

    private enum CodingKeys: String, CodingKey {
        case limit
        case wait = "wait_ms"
    }
}

/// How far a job is.
struct ProgressBody: Decodable {
    let epoch: Int64
    let percent: Double
    let stage: String?
    let operation: String?

    func check() throws {
        guard (0...100).contains(percent) else {
            throw Problem(.unprocessable, "The field 'percent' must lie between 0 and 100.", field: "percent")
        }
        if let stage { _ = try WorkerText.line(stage, upTo: 100, "stage") }
        if let operation { _ = try WorkerText.line(operation, upTo: 200, "operation") }
    }

    /// A stage that begins is an entry of the journal; progress within it is not.
    func update(of job: HeldJob) -> JobUpdate {
        let progress = JobProgress(stage: stage ?? job.stage ?? "run", percent: percent, operation: operation)
        return progress.stage == job.stage ? .progress(progress) : .stage(progress)
    }
}

/// Lines for the log of a job.
struct LogBody: Decodable {
    let epoch: Int64
    let lines: [LogLine]

    /// The lines, cut to their longest form.
    func logLines() throws -> [LogLine] {
        guard lines.count <= 500 else {
            throw Problem(.unprocessable, "Send at most 500 lines at a time.", field: "lines")
        }
        return try lines.enumerated().map { index, line in
            guard (line.fields ?? [:]).count <= 32 else {
                throw Problem(.unprocessable, "A line has at most 32 fields.", field: "lines[\(index)].fields")
            }
            var line = line
            line.message = String(line.message.prefix(4_096))
            line.fields = line.fields?.mapValues { String($0.prefix(1_024)) }
            return line
        }
    }
}

/// The result of a job.
struct CompletionBody: Decodable {
    let epoch: Int64
    let result: JSONText?

    func checkedResult() throws -> JSONText {
        guard let result else { return .emptyObject }
        guard result.text.hasPrefix("{") else {
            throw Problem(.unprocessable, "The result must be a JSON object.", field: "result")
        }
        return result
    }
}

/// Why an attempt failed.
struct FailureBody: Decodable {
    let epoch: Int64
    let code: String
    let message: String
    let retryable: Bool
    let retryAfter: Int64?

    private enum CodingKeys: String, CodingKey {
        case epoch, code, message, retryable
        case retryAfter = "retry_after_ms"
    }

    func failure() throws -> JobFailure {
        guard code.wholeMatch(of: /[a-z][a-z0-9-]{0,62}/) != nil else {
            throw Problem(
                .unprocessable, "A code has up to 63 small letters, digits and hyphens, a letter first: bad-image.",
                field: "code")
        }
        if let retryAfter { _ = try checked(retryAfter, in: 0...86_400_000, "retry_after_ms") }
        return JobFailure(
            code: code, message: message.isEmpty ? "The worker gave no reason." : String(message.prefix(4_096)),
            retryable: retryable)
    }
}

/// A job that goes back.
struct ReleaseBody: Decodable {
    let epoch: Int64
}

/// Checks of texts that people will see.
enum WorkerText {
    static func line(_ text: String, upTo length: Int, _ field: String) throws -> String {
        guard (1...length).contains(text.count),
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw Problem(
                .unprocessable, "The field '\(field)' must be one line of up to \(length) characters.", field: field)
        }
        return text
    }

    static func band(_ text: String?, _ field: String) throws -> Band {
        switch text {
        case "interactive": .interactive
        case "batch", nil: .batch
        default:
            throw Problem(.unprocessable, "The band is 'interactive' or 'batch'.", field: field)
        }
    }

    static func fileName(_ text: String) throws -> String {
        guard (1...200).contains(text.utf8.count), ![".", ".."].contains(text), !text.contains("/"),
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else {
            throw Problem(
                .unprocessable, "A file is named with up to 200 bytes, without slashes and control characters.",
                field: "name")
        }
        return text
    }
}
