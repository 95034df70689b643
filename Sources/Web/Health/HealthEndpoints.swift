import Endpoints
import Engine
import Foundation
import Model

/// What load balancers, supervisors and Prometheus ask.
struct HealthEndpoints: Sendable {
    let checks: [HealthCheck]
    let drain: Drain
    let metrics: @Sendable () async -> String

    private static let limit: Duration = .seconds(5)
    private let recent = RecentResults()

    init(checks: [HealthCheck], drain: Drain, metrics: @escaping @Sendable () async -> String) {
        self.checks = checks
        self.drain = drain
        self.metrics = metrics
    }

    /// Whether the process answers at all; asks nothing else.
    var live: Endpoint {
        Endpoint(
            .get, "/livez", id: "getLiveness", summary: "Says that the process answers", access: .open,
            rateClass: .unlimited,
            answers: [.init(200, "It does.", [.init("text/plain", .string())])]
        ) { _ in .text("ok\n") }
    }

    /// Whether requests should be sent here.
    var ready: Endpoint {
        Endpoint(
            .get, "/readyz", id: "getReadiness", summary: "Says whether everything that requests need works",
            access: .open, rateClass: .unlimited,
            answers: [
                .json(200, "It works.", .named("Readiness")), .json(503, "Something does not.", .named("Readiness")),
            ]
        ) { _ in
            var results = await recent.results(of: run)
            results.append(
                CheckResult(name: "drain", ok: !drain.hasBegun, detail: drain.hasBegun ? "stopping" : "serving"))
            let ready = results.allSatisfy(\.ok)
            return try .json(ready ? 200 : 503, Readiness(ready: ready, checks: results))
        }
    }

    /// The measurements of the process in Prometheus' text format.
    var measurements: Endpoint {
        Endpoint(
            .get, "/metrics", id: "getMetrics", summary: "Shows measurements in Prometheus' text format",
            description: "A server that only listens to its own machine, without a proxy, answers without a token too.",
            access: .needs(.operate), rateClass: .unlimited,
            answers: [.init(200, "The measurements.", [.init("text/plain", .string())])]
        ) { _ in
            EndpointResponse(
                status: 200,
                body: .data(Data(await metrics().utf8), contentType: "text/plain; version=0.0.4; charset=utf-8"))
        }
    }

    private func run() async -> [CheckResult] {
        await withTaskGroup(of: (Int, CheckResult).self) { group in
            for (index, check) in checks.enumerated() {
                group.addTask { (index, await Self.result(of: check)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// The first to end of the check and its time limit.
    private static func result(of check: HealthCheck) async -> CheckResult {
        await withTaskGroup(of: CheckResult.self) { group in
            group.addTask {
                do {
                    _ = try await check.run()
                    return CheckResult(name: check.name, ok: true, detail: "ok")
                } catch {
                    // Anybody may ask; the reason is for the log and `doctor`.
                    return CheckResult(name: check.name, ok: false, detail: "failed; 'suisha doctor' says why")
                }
            }
            group.addTask {
                try? await Task.sleep(for: limit)
                return CheckResult(
                    name: check.name, ok: false, detail: "no answer within \(limit.components.seconds) s")
            }
            let first = await group.next()
            group.cancelAll()
            return first ?? CheckResult(name: check.name, ok: false, detail: "no answer")
        }
    }
}

/// The answer of `/readyz`.
struct Readiness: Encodable {
    let ready: Bool
    let checks: [CheckResult]
}

/// How one check went.
struct CheckResult: Encodable, Sendable {
    let name: String
    let ok: Bool
    let detail: String
}

extension EndpointResponse {
    /// Plain text.
    static func text(_ text: String) -> EndpointResponse {
        .init(status: 200, body: .data(Data(text.utf8), contentType: "text/plain; charset=utf-8"))
    }
}
