import Synchronization

/// Every measurement of the process, for Prometheus: the backend of swift-metrics.
///
/// The number of series of one metric is bounded. Values for more label combinations than that go to one series whose
/// labels all say `other`, and are counted in `suisha_metrics_series_refused_total`: a label that was meant to have a few
/// values cannot fill the memory.
package final class MetricRegistry: Sendable {
    private struct Family {
        let kind: MetricKind
        var series: [SeriesLabels: any MetricSeries] = [:]
    }

    private let families = Mutex<[String: Family]>([:])
    private let maximumSeries: Int
    private let help: [String: String]

    /// The name under which refused series are counted.
    package static let refusedName: String = "suisha_metrics_series_refused_total"

    /// - Parameters:
    ///   - help: a sentence for each metric.
    ///   - maximumSeries: how many label combinations one metric may have.
    package init(help: [String: String] = MetricHelp.sentences, maximumSeries: Int = 500) {
        self.help = help
        self.maximumSeries = maximumSeries
    }

    /// The series of a metric under these labels, made when it is not there.
    ///
    /// A name that is in use for another kind of metric gives a series that is counted but never shown.
    func series<Series: MetricSeries>(
        _ name: String, _ kind: MetricKind, _ dimensions: [(String, String)], make: () -> Series
    ) -> Series {
        let labels = SeriesLabels(dimensions)
        return families.withLock { families in
            var family = families[name] ?? Family(kind: kind)
            guard family.kind == kind else { return make() }
            if let known = family.series[labels] as? Series { return known }
            let isRefused = family.series.count >= maximumSeries && !labels.isEmpty
            if isRefused { Self.countRefusal(of: name, in: &families) }
            let key = isRefused ? labels.withoutValues : labels
            if let known = family.series[key] as? Series { return known }
            let series = make()
            family.series[key] = series
            families[name] = family
            return series
        }
    }

    /// Sets a gauge.
    func set(_ name: String, _ dimensions: [(String, String)] = [], to value: Double) {
        series(name, .gauge, dimensions) { NumberSeries() }.set(value)
    }

    private static func countRefusal(of name: String, in families: inout [String: Family]) {
        var family = families[refusedName] ?? Family(kind: .counter)
        let labels = SeriesLabels([("metric", name)])
        let counter = family.series[labels] as? NumberSeries ?? NumberSeries()
        counter.increment(by: 1.0)
        family.series[labels] = counter
        families[refusedName] = family
    }

    /// All measurements in Prometheus' text format, sorted, so that two pages can be compared.
    package func text() -> String {
        let families = families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            let sentence = help[name] ?? name.replacing("_", with: " ")
            text += "# HELP \(name) \(ExpositionText.escaped(help: sentence))\n"
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name, labels, to: &text)
            }
        }
        return text
    }

    /// The series of some metrics, by name; those that have not been measured are left out.
    func snapshot(of names: Set<String>) -> [String: [(labels: SeriesLabels, series: any MetricSeries)]] {
        families.withLock { families in
            families.filter { names.contains($0.key) }.mapValues { family in
                family.series.map { (labels: $0.key, series: $0.value) }
            }
        }
    }

    /// The names of the metrics that have been measured so far.
    package var names: [String] { families.withLock { $0.keys.sorted() } }

    /// Forgets one metric; it begins anew with the next value.
    func forget(_ name: String) {
        families.withLock { $0[name] = nil }
    }
}

/// The kinds of metrics that Prometheus tells apart.
enum MetricKind: String {
    case counter, gauge, histogram
}

/// What belongs to one combination of labels.
protocol MetricSeries: AnyObject, Sendable {
    /// Appends its lines.
    func write(_ name: String, _ labels: SeriesLabels, to text: inout String)
}
