import Foundation
import Model
import Traces

/// Settings about the traces of requests and jobs.
extension Settings {
    static let tracesEndpoint = Setting(
        "traces.endpoint", .httpAddress,
        """
        The collector of OpenTelemetry that takes spans by OTLP over HTTP, such as http://localhost:4318; `/v1/traces` is put \
        behind it. Without one, nothing is traced.
        """)
    static let tracesHeaders = Setting(
        "traces.headers", .secret,
        "What that collector wants beside spans, such as `Authorization=Bearer abc, X-Tenant=7`.")
    static let tracesSampleRatio = Setting(
        "traces.sample_ratio", .share, default: .text("1"),
        "The share of requests that begin a trace. Callers that send a traceparent decide for themselves.")

    static let traces: [SettingDeclaration] = [
        tracesEndpoint.declaration, tracesHeaders.declaration, tracesSampleRatio.declaration,
    ]
}

extension SettingKind<Double> {
    /// A part of a whole.
    fileprivate static var share: Self {
        let name = "a number from 0 to 1"
        return Self(name: name) { text throws(SettingMisfit) in
            guard let number = Double(text), (0...1).contains(number) else { throw SettingMisfit(expected: name) }
            return number
        }
    }
}

extension ServerSettings {
    /// Where spans go.
    struct Traces: Sendable {
        /// The whole address.
        var url: URL
        var headers: [(name: String, value: Secret)]
        var ratio: SampleRatio
    }
}

extension ServerSettings.Traces {
    /// - Returns: nil where nothing is traced.
    /// - Throws: ``SettingError`` for headers that are none; it does not show them.
    init?(_ settings: EffectiveSettings) throws {
        guard let endpoint = try settings.optional(Settings.tracesEndpoint) else { return nil }
        url = endpoint.path().hasSuffix("/v1/traces") ? endpoint : endpoint.appending(path: "v1/traces")
        ratio = SampleRatio(try settings.value(Settings.tracesSampleRatio))
        let text = try settings.optional(Settings.tracesHeaders)?.revealed ?? ""
        headers = try text.split(separator: ",").map { part in
            let sides = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard sides.count == 2, sides[0].wholeMatch(of: /[A-Za-z0-9!#$%&'*+.^_`|~-]+/) != nil,
                sides[1].utf8.allSatisfy({ (0x20...0x7E).contains($0) })
            else {
                throw SettingError(
                    "\(settings.place(Settings.tracesHeaders)) must be headers such as Authorization=Bearer abc, with commas between them."
                )
            }
            return (sides[0], Secret(sides[1]))
        }
    }
}
