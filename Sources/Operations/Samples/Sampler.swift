import Model

/// Makes a second's sample from what was read now and what was read a second ago.
///
/// A process that stood still leaves a gap: rates over the time in which nothing ran would say nothing about any second of
/// it.
struct Sampler {
    /// Everything that was read at a moment.
    struct Reading: Sendable {
        let instant: ContinuousClock.Instant
        let system: SystemReading
        let registry: RegistryReading
        var users = DistinctCount()
        var facts: QueueFacts?
        var health: [Gauge: Double] = [:]
    }

    /// The longest time between two readings that still counts as a second that came late.
    private static let patience: Duration = .seconds(5)
    /// The shortest time that rates can be taken over.
    private static let least: Duration = .milliseconds(200)

    private var last: Reading?

    /// The sample of the time since the last reading; nil for the first one and after a gap.
    mutating func take(_ reading: Reading) -> Rollup? {
        guard let before = last else {
            last = reading
            return nil
        }
        let elapsed = before.instant.duration(to: reading.instant)
        // Twice at once: the next reading covers both.
        if elapsed < Self.least { return nil }
        last = reading
        guard elapsed <= Self.patience else { return nil }
        var sample = Rollup()
        sample.measured = elapsed.fractionalSeconds
        Self.addSystem(reading.system, before.system, to: &sample)
        Self.addRegistry(reading.registry, before.registry, to: &sample)
        sample.users = reading.users
        for (gauge, value) in reading.health { sample.set(gauge, value) }
        if let facts = reading.facts { facts.add(to: &sample, at: reading.instant) }
        return sample
    }

    private static func addSystem(_ now: SystemReading, _ before: SystemReading, to sample: inout Rollup) {
        func rate(_ path: KeyPath<SystemReading, Double?>) -> Double? {
            guard let now = now[keyPath: path], let before = before[keyPath: path], now >= before else { return nil }
            return (now - before) / sample.measured
        }
        var values: [Gauge: Double?] = [
            .processCPU: rate(\.processSeconds).map { $0 * 100 },
            .processMemory: now.processMemory, .processFiles: now.processFiles,
            .machineMemoryUsed: now.machineMemoryUsed, .machineMemoryTotal: now.machineMemoryTotal,
            .diskFree: now.diskFree, .diskTotal: now.diskTotal,
            .diskRead: rate(\.diskRead), .diskWritten: rate(\.diskWritten),
            .networkReceived: rate(\.networkReceived), .networkSent: rate(\.networkSent),
        ]
        if let busy = rate(\.machineBusy), let all = rate(\.machineTicks), all > 0 {
            values[.machineCPU] = busy / all * 100
        }
        for case (let gauge, let value?) in values { sample.set(gauge, value) }
    }

    private static func addRegistry(_ now: RegistryReading, _ before: RegistryReading, to sample: inout Rollup) {
        for (gauge, value) in now.gauges { sample.set(gauge, value) }
        for (count, value) in now.counts {
            // A counter that nobody had counted with yet was zero.
            let difference = value - (before.counts[count] ?? 0)
            guard difference > 0 else { continue }
            sample.counts[count] = Tally(total: difference, greatest: difference / sample.measured)
        }
        for (distribution, histogram) in now.histograms {
            guard let difference = histogram.since(before.histograms[distribution] ?? Histogram()),
                !difference.isEmpty
            else { continue }
            sample.histograms[distribution] = difference
        }
        var failures: [Fingerprint: Int] = [:]
        for (fingerprint, value) in now.failures {
            failures[fingerprint] = Int(value - (before.failures[fingerprint] ?? 0))
        }
        sample.failures = FailureTally(failures)
    }
}
