import Model

/// Asks something that this process depends on whether it is there.
package struct HealthReading: Sendable {
    let gauge: Gauge
    private let question: @Sendable () async throws -> Void

    /// What does not answer for so long is not there.
    private static let limit: Duration = .seconds(2)

    /// - Parameters:
    ///   - gauge: where the answer goes: 1 or 0.
    ///   - ask: throws when it is not there.
    package init(_ gauge: Gauge, ask: @escaping @Sendable () async throws -> Void) {
        self.gauge = gauge
        question = ask
    }

    /// Asks, and reports as soon as the answer or the end of patience is there, also when the question goes on.
    func ask(_ clock: SampleClock, _ report: (_ isUp: Bool) -> Void) async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    try await question()
                    return true
                } catch {
                    return false
                }
            }
            group.addTask {
                await clock.pause(Self.limit)
                return false
            }
            let isUp = await group.next() ?? false
            if !Task.isCancelled { report(isUp) }
            group.cancelAll()
        }
    }
}
