package import Model
package import Storage

/// Turns what the stages of a job report into one percentage and a remaining time.
///
/// A stage is worth the time it is expected to take: its units times seconds per unit, measured in earlier runs on this host or,
/// until there are any, a default. Percent never goes back. The remaining time is a range until three runs of
/// each remaining stage were measured.
package struct ProgressMeter: Sendable {
    /// A stage with the amount of its work.
    package struct Stage: Hashable, Sendable {
        package let name: String
        /// Names the measured speed: stage, engine, model, host.
        package let rateKey: String
        /// Amount of work, for example seconds of audio; 1 where the work does not vary.
        package var units: Double
        /// Expected speed where nothing was measured.
        package let defaultSecondsPerUnit: Double

        package init(_ name: String, rateKey: String, units: Double = 1, defaultSecondsPerUnit: Double) {
            self.name = name
            self.rateKey = rateKey
            self.units = units
            self.defaultSecondsPerUnit = defaultSecondsPerUnit
        }
    }

    private enum Phase: Hashable { case waiting, running, done }

    private var stages: [Stage]
    private var rates: [String: StageRate]
    private var phases: [Phase]
    private var fraction: Double = 0
    private var startedAt: Duration = .zero
    /// When the running stage last said how far it is.
    private var heardAt: Duration = .zero
    private var highest: Double = 0

    /// Runs that must have been measured before the remaining time is one number.
    package static let samplesForOneNumber: Int = 3

    package init(stages: [Stage], rates: [String: StageRate]) {
        self.stages = stages
        self.rates = rates
        phases = Array(repeating: .waiting, count: stages.count)
    }

    /// Takes note of an amount of work that has become known.
    package mutating func setUnits(_ units: Double, ofStage name: String) {
        guard let index = index(of: name) else { return }
        stages[index].units = max(units, 0)
    }

    /// A stage starts; those before it are over.
    package mutating func begin(_ name: String, at now: Duration) {
        guard let index = index(of: name) else { return }
        for earlier in 0..<index { phases[earlier] = .done }
        phases[index] = .running
        fraction = 0
        startedAt = now
        heardAt = now
    }

    /// The running stage has got that far, 0 to 1.
    package mutating func advance(_ name: String, to share: Double, at now: Duration) {
        guard let index = index(of: name), phases[index] == .running, share.isFinite, share > fraction else { return }
        fraction = min(share, 1)
        heardAt = now
    }

    /// A stage is over.
    ///
    /// - Parameter reused: its result was there already, so its time says nothing.
    /// - Returns: what was measured: the units and seconds to remember under the stage's key.
    package mutating func end(
        _ name: String, at now: Duration, reused: Bool
    ) -> (key: String, units: Double, seconds: Double)? {
        guard let index = index(of: name) else { return nil }
        let ran = phases[index] == .running
        phases[index] = .done
        let stage = stages[index]
        guard ran, !reused, stage.units > 0 else { return nil }
        return (stage.rateKey, stage.units, (now - startedAt).fractionalSeconds)
    }

    /// The state of the job for people.
    package mutating func progress(stage name: String, operation: String?, at now: Duration) -> JobProgress {
        var finished = 0.0
        var total = 0.0
        var low = 0.0
        var high = 0.0
        for (stage, phase) in zip(stages, phases) {
            let expected = expectedSeconds(stage)
            total += expected
            switch phase {
            case .done:
                finished += expected
            case .waiting:
                widen(&low, &high, by: expected, sure: isSure(stage))
            case .running:
                finished += expected * fraction
                let elapsed = (heardAt - startedAt).fractionalSeconds
                // From a tenth on, this run itself is the best measure of its speed.
                let measured = fraction >= 0.1
                let left = (measured ? elapsed / fraction : expected) * (1 - fraction)
                let since = (now - heardAt).fractionalSeconds
                widen(&low, &high, by: max(left - since, 0), sure: measured || isSure(stage))
            }
        }
        let percent = total > 0 ? min(finished / total * 100, 99.9) : 0
        highest = max(highest, (percent * 10).rounded(.down) / 10)
        return JobProgress(
            stage: name, percent: highest, operation: operation,
            eta: .init(low: .milliseconds(Int64(low * 1_000)), high: .milliseconds(Int64(high * 1_000))))
    }

    private func widen(_ low: inout Double, _ high: inout Double, by seconds: Double, sure: Bool) {
        low += sure ? seconds : seconds / 2
        high += sure ? seconds : seconds * 2
    }

    private func expectedSeconds(_ stage: Stage) -> Double {
        stage.units * (rates[stage.rateKey]?.secondsPerUnit ?? stage.defaultSecondsPerUnit)
    }

    private func isSure(_ stage: Stage) -> Bool {
        (rates[stage.rateKey]?.samples ?? 0) >= Self.samplesForOneNumber
    }

    private func index(of name: String) -> Int? {
        stages.firstIndex { $0.name == name }
    }
}
