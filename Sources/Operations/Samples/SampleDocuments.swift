import Endpoints
import Model

/// One stretch of time as the API shows it: a second of live operations.
struct SampleDocument: Encodable, Sendable {
    let at: Timestamp
    let step: Duration
    let rollup: Rollup

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(at, forKey: .at)
        try container.encode(step.microseconds / 1_000, forKey: .step)
        try container.encode(Int64((rollup.measured * 1_000).rounded()), forKey: .measured)
        try container.encode(rollup.nodes, forKey: .nodes)
        var values: [String: Double] = [:]
        for field in SampleField.all { values[field.name] = field.value(rollup).map(\.threeDecimals) }
        try container.encode(values, forKey: .values)
        try container.encode(rollup.failures.sorted.map(FailureDocument.init), forKey: .failures)
        try container.encode(ShareDocument.all(rollup.shares), forKey: .workspaces)
    }

    private enum CodingKeys: String, CodingKey {
        case at, nodes, values, failures, workspaces
        case step = "step_ms"
        case measured = "measured_ms"
    }
}

/// Many stretches as the API shows them: one list of numbers for each field.
struct SampleSeriesDocument: Encodable, Sendable {
    let series: SampleSeries

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(series.from, forKey: .from)
        try container.encode(series.end, forKey: .end)
        try container.encode(series.step.microseconds / 1_000, forKey: .step)
        try container.encode(series.resolution.rawValue, forKey: .resolution)
        try container.encode(series.nodes, forKey: .nodes)
        try container.encode(
            series.stretches.map { Int64((($0?.measured ?? 0) * 1_000).rounded()) }, forKey: .measured)
        var (values, peaks): ([String: [Double?]], [String: [Double?]]) = ([:], [:])
        for field in SampleField.all {
            values[field.name] = Self.list(series, field.value)
            if let peak = field.peak, series.step > .seconds(1) { peaks[field.name] = Self.list(series, peak) }
        }
        try container.encode(values, forKey: .values)
        try container.encode(peaks, forKey: .peaks)
        var failures = FailureTally()
        for case let stretch? in series.stretches { failures.merge(stretch.failures) }
        try container.encode(failures.sorted.map(FailureDocument.init), forKey: .failures)
        let shares = series.stretches.last { $0.map { !$0.shares.isEmpty } ?? false }
        try container.encode(ShareDocument.all((shares ?? nil)?.shares ?? []), forKey: .workspaces)
    }

    /// Nil where the field was never measured.
    private static func list(_ series: SampleSeries, _ value: (Rollup) -> Double?) -> [Double?]? {
        let list = series.stretches.map { $0.flatMap(value)?.threeDecimals }
        return list.contains { $0 != nil } ? list : nil
    }

    private enum CodingKeys: String, CodingKey {
        case from, resolution, nodes, values, peaks, failures, workspaces
        case end = "to"
        case step = "step_ms"
        case measured = "measured_ms"
    }
}

/// How often attempts failed with one fingerprint.
private struct FailureDocument: Encodable {
    let kind: String
    let code: String
    let count: Int

    init(_ failure: (fingerprint: Fingerprint, count: Int)) {
        (kind, code, count) = (failure.fingerprint.kind, failure.fingerprint.code, failure.count)
    }
}

/// What a workspace has and wants of the workers.
private struct ShareDocument: Encodable {
    let workspace: WorkspaceID
    let running: Int
    let waiting: Int
    let weight: Int
    let share: Double

    static func all(_ shares: [WorkspaceShare]) -> [ShareDocument] {
        let whole = shares.reduce(0) { $0 + $1.recent }
        return shares.map { share in
            ShareDocument(
                workspace: share.workspace, running: share.running, waiting: share.waiting, weight: share.weight,
                share: whole > 0 ? (share.recent / whole * 100).threeDecimals : 0)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case workspace, running, waiting, weight
        case share = "share_percent"
    }
}

extension Double {
    /// Enough for a chart.
    fileprivate var threeDecimals: Double { (self * 1_000).rounded() / 1_000 }
}
