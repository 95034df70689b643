import Engine

/// The stages of the pipeline, in order.
enum Stage: String, CaseIterable {
    case probe, normalize, transcribe, analyse, draw, render, mux

    /// Grows when the code of the stage changes what comes out.
    var version: Int { 1 }

    /// Expected processor speed where nothing was measured yet: seconds per second of recording, or per scene for `draw`.
    /// Measured on the two-core machine of `docs/benchmarks.md`.
    var defaultSecondsPerUnit: Double {
        switch self {
        case .probe: 0.005
        case .normalize: 0.01
        case .transcribe: 0.15
        case .analyse: 0.002
        case .draw: 0.5
        case .render: 0.06
        case .mux: 0.01
        }
    }

    /// The stages for a meter. `engine` names what runs the slow ones, so that another engine starts its own statistics.
    static func measured(_ stages: [Stage], engine: String, host: String) -> [ProgressMeter.Stage] {
        stages.map { stage in
            ProgressMeter.Stage(
                stage.rawValue, rateKey: "speech-video/\(stage.rawValue)/\(stage == .transcribe ? engine : "")/\(host)",
                units: 10, defaultSecondsPerUnit: stage.defaultSecondsPerUnit)
        }
    }
}
