package import CoreMetrics

extension MetricRegistry: MetricsFactory {
    // Counters end in `_total` and timers in `_seconds`, as Prometheus wants it, whatever they are called in the code.

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(Self.name(label, suffix: "_total"), .counter, dimensions) { NumberSeries() }
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(Self.name(label, suffix: "_total"), .counter, dimensions) { NumberSeries() }
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(ExpositionText.metricName(label), .gauge, dimensions) { NumberSeries() }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        let name = ExpositionText.metricName(label)
        guard aggregate else { return series(name, .gauge, dimensions) { NumberSeries() } }
        let bounds = name.hasSuffix("_bytes") ? HistogramSeries.bytes : HistogramSeries.seconds
        return series(name, .histogram, dimensions) { HistogramSeries(bounds: bounds) }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(Self.name(label, suffix: "_seconds"), .histogram, dimensions) {
            HistogramSeries(bounds: HistogramSeries.seconds)
        }
    }

    // Series live as long as the process: a counter that vanished and came back would look like a restart.

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private static func name(_ label: String, suffix: String) -> String {
        let name = ExpositionText.metricName(label)
        return name.hasSuffix(suffix) ? name : name + suffix
    }
}
