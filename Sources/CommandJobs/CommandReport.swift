import Engine
import Model
import Storage
import Synchronization

/// Listens to the standard error of a running command: hands progress and log lines on, and remembers what counts at
/// its end.
final class CommandReport: Sendable {
    private struct State {
        var lastLine: String?
        var retryAfter: Duration?
        var logged = 0
    }

    /// Lines of one attempt that reach the log; one that writes more for ever must not fill the database.
    private static let longestLog = 10_000

    private let state = Mutex(State())
    private let context: JobContext
    private let secrets: [String]

    /// - Parameter environment: What the operator passes on; its values are shown as `***`.
    init(_ context: JobContext, environment: [String: String]) {
        self.context = context
        // A short value is no secret, and replacing it would garble every other word.
        secrets = environment.values.flatMap { $0.split(whereSeparator: \.isNewline).map(String.init) }
            .filter { $0.count >= 6 }
    }

    /// The last line that was meant for people.
    var lastLine: String? { state.withLock { $0.lastLine } }
    /// How long the command asked to wait before the next attempt.
    var retryAfter: Duration? { state.withLock { $0.retryAfter } }

    func receive(_ line: String) {
        let masked = secrets.reduce(line) { $0.replacing($1, with: "***") }
        switch ReportLine(masked) {
        case .progress(let report): show(report)
        case .log(let level, let message): log(level, message)
        case .retryAfter(let duration): state.withLock { $0.retryAfter = duration }
        case .unreadable(let problem): log(.warning, "The command reported something unreadable: \(problem)")
        }
    }

    private func show(_ report: ProgressReport) {
        let share = (report.percent ?? 0) / 100
        context.advance(CommandRun.stage, to: share, operation: report.operation)
        // A stage of the command's own has no share of its own: this only shows its name.
        if let stage = report.stage { context.advance(stage, to: 0, operation: report.operation) }
    }

    private func log(_ level: LogLine.Level, _ message: String) {
        let logged = state.withLock { state in
            state.lastLine = message
            state.logged += 1
            return state.logged
        }
        if logged <= Self.longestLog {
            context.log(level, message)
        } else if logged == Self.longestLog + 1 {
            context.log(.warning, "The command wrote more than \(Self.longestLog) lines; the rest is not kept.")
        }
    }
}
