import Foundation
import Synchronization

/// Reads what ffmpeg reports on `-progress` and hands on a fraction that never goes back.
final class ProgressWatch: Sendable {
    private struct State {
        var fraction: Double = 0
        var bytes: Int64 = 0
    }

    private let duration: MediaTime
    private let report: @Sendable (Double) -> Void
    private let state: Mutex<State> = Mutex(State())

    init(duration: MediaTime, report: @escaping @Sendable (Double) -> Void) {
        self.duration = duration
        self.report = report
    }

    /// Bytes of output written so far.
    var bytes: Int64 { state.withLock { $0.bytes } }

    func receive(_ line: String) {
        let parts = line.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let value = Int64(parts[1].trimmingCharacters(in: .whitespaces)) else { return }
        switch parts[0] {
        case "out_time_us":
            let fraction = min(1, Double(value) / 1_000 / Double(max(1, duration.milliseconds)))
            let isNews = state.withLock { state in
                guard fraction > state.fraction else { return false }
                state.fraction = fraction
                return true
            }
            if isNews { report(fraction) }
        case "total_size":
            state.withLock { $0.bytes = value }
        default:
            break
        }
    }
}
