import Foundation
import Model

/// What a terminal shows while a job runs: a line for each stage that ended, and a bar for the one under way.
///
/// Holds no terminal and no clock; each call returns what to show.
struct JobProgressView {
    /// What to show next.
    enum Change: Equatable {
        /// A line that stays.
        case line(String)
        /// The bar at the bottom, in place of the one before.
        case bar(String)
    }

    /// Whether the reader is a terminal that can redraw its last line; else only lines come, few of them.
    let isInteractive: Bool
    private var stage: String?
    private var stageStart: Duration = .zero
    private var lastTold: (stage: String, percent: Int)?

    init(isInteractive: Bool) {
        self.isInteractive = isInteractive
    }

    /// Takes an event of the job's stream.
    ///
    /// - Parameters:
    ///   - now: time since the watch began.
    ///   - width: columns of the terminal.
    mutating func receive(_ event: JobEventData, at now: Duration, width: Int) -> [Change] {
        if let error = event.error {
            let ended = endStage(at: now, mark: "✗")
            // The last failure is the command's to report.
            guard let state = event.state, !state.isTerminal else { return ended }
            let stop = error.message.last.map { ".!?。".contains($0) } ?? true ? "" : "."
            return ended + [.line("  \(error.message)\(stop) Trying again.")]
        }
        // Between two attempts, the progress of the one that failed is still there.
        if let state = event.state, state != .leased, !state.isTerminal { return [] }
        if let progress = event.progress { return enter(progress.stage, at: now) + show(progress, width) }
        if let stage = event.stage { return enter(stage, at: now) }
        if let state = event.state, state.isTerminal { return endStage(at: now, mark: state == .succeeded ? "✓" : "✗") }
        return []
    }

    /// Closes the stage under way, when the job has ended.
    mutating func finish(succeeded: Bool, at now: Duration) -> [Change] {
        endStage(at: now, mark: succeeded ? "✓" : "✗")
    }

    private mutating func enter(_ next: String, at now: Duration) -> [Change] {
        guard next != stage else { return [] }
        let ended = endStage(at: now, mark: "✓")
        stage = next
        stageStart = now
        return ended
    }

    private mutating func endStage(at now: Duration, mark: String) -> [Change] {
        guard let stage else { return [] }
        self.stage = nil
        let seconds = String(format: "%.1f", (now - stageStart).fractionalSeconds)
        return [.line("  \(mark) \(TextWidth.padded(stage, to: 12)) \(seconds) s")]
    }

    private mutating func show(_ progress: JobProgress, _ width: Int) -> [Change] {
        let percent = Int(progress.percent)
        guard isInteractive else {
            // A line for each stage, and one for each further tenth.
            if let last = lastTold, last.stage == progress.stage, percent / 10 <= last.percent / 10 { return [] }
            lastTold = (progress.stage, percent)
            return [.line("  … " + Self.words(progress))]
        }
        return [.bar(Self.bar(progress, width: width))]
    }

    private static func words(_ progress: JobProgress) -> String {
        ["\(Int(progress.percent)) %", progress.stage, progress.operation, progress.eta.map(EstimateText.text)]
            .compactMap { $0 }.joined(separator: " · ")
    }

    private static func bar(_ progress: JobProgress, width: Int) -> String {
        let cells = min(30, max(8, width - 50))
        let eighths = Int((progress.percent / 100 * Double(cells * 8)).rounded(.down))
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        let full = String(repeating: "█", count: eighths / 8) + partial
        let percent = String(format: "%3d %%", Int(progress.percent))
        let rest = [progress.stage, progress.operation, progress.eta.map(EstimateText.text)].compactMap { $0 }
        let line = "  \(TextWidth.padded(full, to: cells)) \(percent)  \(rest.joined(separator: " · "))"
        return TextWidth.clipped(line, to: max(1, width - 1))
    }
}

/// The data of any event of a job's stream.
struct JobEventData: Decodable {
    var state: JobState?
    var stage: String?
    var progress: JobProgress?
    var error: JobFailure?
}

/// Remaining time for people.
enum EstimateText {
    /// `about 40 s left`, or `20 s to 2 min left` while little was measured.
    static func text(_ eta: JobProgress.Range) -> String {
        let low = words(eta.lowMilliseconds)
        let high = words(eta.highMilliseconds)
        return low == high ? "about \(low) left" : "\(low) to \(high) left"
    }

    private static func words(_ milliseconds: Int64) -> String {
        let seconds = max(1, (milliseconds + 500) / 1_000)
        return switch seconds {
        case ..<90: "\(seconds) s"
        case ..<5_400: "\((seconds + 30) / 60) min"
        default: "\((seconds + 1_800) / 3_600) h"
        }
    }
}
