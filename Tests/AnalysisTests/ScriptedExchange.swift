import Foundation
import Outbound
import Synchronization

/// A provider that gives prepared answers in order and remembers what it was asked.
final class ScriptedExchange: HTTPExchange {
    enum Step: Sendable {
        case answer(status: Int, body: String, headers: [(name: String, value: String)] = [])
        /// Never answers; ends only with the time limit.
        case silence
        case unreachable
    }

    private let steps: Mutex<[Step]>
    private let received: Mutex<[HTTPExchangeRequest]> = Mutex([])

    init(_ steps: [Step]) {
        self.steps = Mutex(steps)
    }

    var requests: [HTTPExchangeRequest] { received.withLock { $0 } }

    /// The JSON of the request at `index`.
    func body(_ index: Int) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: requests[index].body) as? [String: Any] ?? [:]
    }

    func send(
        _ request: HTTPExchangeRequest, maximumBytes: Int, timeout: Duration
    ) async throws -> HTTPExchangeResponse {
        received.withLock { $0.append(request) }
        let step = steps.withLock { $0.isEmpty ? Step.unreachable : $0.removeFirst() }
        switch step {
        case .answer(let status, let body, let headers):
            return HTTPExchangeResponse(status: status, headers: headers, body: Data(body.utf8))
        case .silence:
            return try await Deadline.run(within: timeout) {
                try await Task.sleep(for: .seconds(3_600))
                return HTTPExchangeResponse(status: 200)
            }
        case .unreachable:
            throw OutboundError(
                .unreachable, "model.example cannot be reached; check the name and that the server runs.")
        }
    }
}
