import Model
import Testing

@testable import suisha

@Suite("Showing progress")
struct JobProgressViewTests {
    private func progress(
        _ stage: String, _ percent: Double, operation: String? = nil, eta: (Int, Int)? = nil
    ) -> JobEventData {
        let range = eta.map { JobProgress.Range(low: .seconds($0.0), high: .seconds($0.1)) }
        return JobEventData(
            state: .leased, stage: nil,
            progress: JobProgress(stage: stage, percent: percent, operation: operation, eta: range), error: nil)
    }

    @Test("a terminal gets a bar with stage, operation and remaining time, and a line for each stage that ended")
    func terminal() {
        var view = JobProgressView(isInteractive: true)
        #expect(view.receive(JobEventData(stage: "transcribe"), at: .zero, width: 100).isEmpty)
        let bar = view.receive(
            progress("transcribe", 50, operation: "7 s of 14 s", eta: (40, 40)), at: .zero, width: 100)
        #expect(
            bar == [
                .bar(
                    "  " + String(repeating: "█", count: 15) + String(repeating: " ", count: 15)
                        + "  50 %  transcribe · 7 s of 14 s · about 40 s left")
            ])
        let next = view.receive(progress("analyse", 60), at: .seconds(3), width: 100)
        #expect(next.first == .line("  ✓ transcribe   3.0 s"))
        #expect(view.finish(succeeded: false, at: .seconds(4)) == [.line("  ✗ analyse      1.0 s")])
    }

    @Test("a bar never fills the last column of the terminal", arguments: [10, 20, 40, 80, 200])
    func width(columns: Int) {
        var view = JobProgressView(isInteractive: true)
        let long = progress("transcribe", 99, operation: "日本語の長い説明がここに入ります", eta: (10, 100))
        for change in view.receive(long, at: .zero, width: columns) {
            guard case .bar(let text) = change else { continue }
            #expect(TextWidth.columns(text) < columns)
        }
    }

    @Test("without a terminal there is a line for each stage and each tenth, not more")
    func plain() {
        var view = JobProgressView(isInteractive: false)
        var lines: [JobProgressView.Change] = []
        for percent in 0...100 { lines += view.receive(progress("render", Double(percent)), at: .zero, width: 80) }
        #expect(lines.count == 11)
        #expect(lines.first == .line("  … 0 % · render"))
    }

    @Test("an attempt that failed and runs again says so")
    func retry() {
        var view = JobProgressView(isInteractive: false)
        let failure = JobFailure(code: "x", message: "The disk is full", retryable: true)
        let changes = view.receive(JobEventData(state: .scheduled, error: failure), at: .zero, width: 80)
        #expect(changes == [.line("  The disk is full. Trying again.")])
        var stale = progress("transcribe", 50)
        stale.state = .scheduled
        #expect(view.receive(stale, at: .zero, width: 80).isEmpty)
        #expect(view.finish(succeeded: true, at: .zero).isEmpty)
    }

    @Test("the failure that ends a job is left to the command, which says it once")
    func lastFailure() {
        var view = JobProgressView(isInteractive: false)
        let failure = JobFailure(code: "x", message: "No audio.", retryable: false)
        #expect(view.receive(JobEventData(state: .dead, error: failure), at: .zero, width: 80).isEmpty)
    }

    @Test("remaining time is a span until it is known")
    func estimates() {
        #expect(EstimateText.text(.init(low: .seconds(20), high: .seconds(120))) == "20 s to 2 min left")
        #expect(EstimateText.text(.init(low: .zero, high: .zero)) == "about 1 s left")
        #expect(EstimateText.text(.init(low: .seconds(7_200), high: .seconds(7_200))) == "about 2 h left")
    }

    @Test("Japanese letters are two columns wide")
    func wideLetters() {
        #expect(TextWidth.columns("日本go") == 6)
        #expect(TextWidth.clipped("日本語です", to: 5) == "日本…")
        #expect(TextTable.text(head: ["A", "B"], rows: [["日本", "x"]]) == "A     B\n日本  x\n")
    }
}
