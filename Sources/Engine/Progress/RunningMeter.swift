import Model
import Synchronization

/// The meter of a running job, by the clock: shared by the copies of its context and the recorder, which asks it for the
/// remaining time while a stage is silent.
final class RunningMeter: Sendable {
    private struct State {
        var meter: ProgressMeter
        var stage: String?
        var operation: String?
    }

    private let state: Mutex<State>
    private let origin: ContinuousClock.Instant = .now

    init(_ meter: ProgressMeter) {
        state = Mutex(State(meter: meter))
    }

    func setUnits(_ units: Double, ofStage stage: String) {
        state.withLock { $0.meter.setUnits(units, ofStage: stage) }
    }

    func begin(_ stage: String, operation: String?) -> JobProgress {
        state.withLock { state in
            state.meter.begin(stage, at: now)
            return show(stage, operation, &state)
        }
    }

    func advance(_ stage: String, to share: Double, operation: String?) -> JobProgress {
        state.withLock { state in
            state.meter.advance(stage, to: share, at: now)
            return show(stage, operation, &state)
        }
    }

    func end(
        _ stage: String, reused: Bool
    ) -> (measured: (key: String, units: Double, seconds: Double)?, progress: JobProgress) {
        state.withLock { state in
            (state.meter.end(stage, at: now, reused: reused), show(stage, nil, &state))
        }
    }

    /// What was said last, with the time that is left now; nil before the first stage.
    func current() -> JobProgress? {
        state.withLock { state in
            state.stage.map { state.meter.progress(stage: $0, operation: state.operation, at: now) }
        }
    }

    private var now: Duration { origin.duration(to: .now) }

    private func show(_ stage: String, _ operation: String?, _ state: inout State) -> JobProgress {
        (state.stage, state.operation) = (stage, operation)
        return state.meter.progress(stage: stage, operation: operation, at: now)
    }
}
