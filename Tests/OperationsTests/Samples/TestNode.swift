import Conformance
import CoreMetrics
import Endpoints
import Foundation
import Logging
import Model
import Storage
import Synchronization

@testable import Operations

/// Time that goes by only when the test says so, for all nodes of a test; the database's goes along.
struct TestTime: Sendable {
    let clock: MovableClock
    private let start: (now: Timestamp, instant: ContinuousClock.Instant, offset: Duration)

    init(_ clock: MovableClock) {
        self.clock = clock
        // In the middle of a second.
        start = (clock.now.floor(to: .seconds(1)) + .milliseconds(500), .now, clock.offset)
    }

    var now: Timestamp { start.now + (clock.offset - start.offset) }
    var instant: ContinuousClock.Instant { start.instant + (clock.offset - start.offset) }

    /// Lets a second go by, which these nodes measure.
    func second(_ nodes: TestNode...) {
        clock.advance(by: .seconds(1))
        for node in nodes { node.service.tick() }
    }
}

/// A process that measures, seconds of which go by when the test says so. Several of them share a database.
struct TestNode: Sendable {
    let service: SamplingService
    let registry = MetricRegistry()
    let system = ScriptedSystem()
    let users = ActiveUsers()

    /// - Parameters:
    ///   - time: the database's clock and that of the machine.
    ///   - lag: how far the machine's clock is behind.
    ///   - clock: another clock than that time.
    init(
        _ name: String, on database: any SQLDatabase, _ time: TestTime, lag: Duration = .zero, isOn: Bool = true,
        clock: SampleClock? = nil,
        checks: [HealthReading] = []
    ) {
        service = SamplingService(
            Node(name: name, host: name, process: "1", roles: ["api"], version: "test") { _ in true },
            .init(
                registry: registry, files: system.files, users: users, statistics: SQLJobStore(database: database),
                checks: checks),
            on: database, settings: .init(isOn: isOn, clockTolerance: .seconds(60)),
            clock: clock
                ?? SampleClock(
                    now: { time.now + (.zero - lag) }, instant: { time.instant },
                    pause: { try? await Task.sleep(for: $0) }),
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    }

    func answer(_ times: Int, in milliseconds: Int64 = 5) {
        let counter = registry.makeCounter(label: "suisha_http_requests_total", dimensions: [("status", "200")])
        let timer = registry.makeTimer(label: "suisha_http_request_duration_seconds", dimensions: [])
        for _ in 0..<times {
            counter.increment(by: 1)
            timer.recordNanoseconds(milliseconds * 1_000_000)
        }
    }

    /// Calls an operation as whoever runs the server.
    func call(
        _ id: String, query: [String: String] = [:], headers: [String: String] = [:], body: String? = nil
    ) async throws -> EndpointResponse {
        guard let endpoint = SampleEndpoints(service).all.first(where: { $0.id == id }) else {
            throw Unexpected(description: "there is no operation \(id)")
        }
        try endpoint.check(query: query)
        return try await endpoint.handle(
            EndpointRequest(
                principal: .local, requestID: "req_1", query: query, headers: headers,
                body: body.map { .json(Data($0.utf8)) } ?? .none))
    }

    /// The JSON of an answer.
    func json(_ id: String, query: [String: String] = [:]) async throws -> [String: Any] {
        guard case .data(let data, _) = try await call(id, query: query).body,
            let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { throw Unexpected(description: "\(id) answers no JSON object") }
        return object
    }
}
