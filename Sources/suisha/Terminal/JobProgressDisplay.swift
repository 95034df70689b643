import Foundation
import Model

/// Shows the progress of a job on standard error while it is watched.
struct JobProgressDisplay: ~Copyable {
    private var view: JobProgressView
    private let start = ContinuousClock.now
    private var hasBar = false

    init() {
        view = JobProgressView(isInteractive: Terminal.isInteractive)
    }

    /// Shows what an event changes. Log lines are left out; `jobs logs` has them.
    mutating func receive(_ event: EventStreamParser.Event) {
        guard event.type != "job:log",
            let data = try? JSONDecoder().decode(JobEventData.self, from: Data(event.data.utf8))
        else { return }
        show(view.receive(data, at: start.duration(to: .now), width: Terminal.width))
    }

    /// Shows how the job ended.
    mutating func finish(_ job: JobDocument) {
        show(view.finish(succeeded: job.state == .succeeded, at: start.duration(to: .now)))
        clearBar()
    }

    private mutating func show(_ changes: [JobProgressView.Change]) {
        for change in changes {
            clearBar()
            switch change {
            case .line(let text): Terminal.note(text)
            case .bar(let text):
                Terminal.write(text)
                hasBar = true
            }
        }
    }

    /// Leaves the last line empty, also when the display ends early.
    private mutating func clearBar() {
        if hasBar { Terminal.write("\r\u{1B}[K") }
        hasBar = false
    }

    deinit {
        if hasBar { Terminal.write("\r\u{1B}[K") }
    }
}
