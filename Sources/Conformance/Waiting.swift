/// A condition that did not come true in time.
package struct NeverHappened: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Waits until `condition` gives a value; looks again every 20 ms.
///
/// - Throws: ``NeverHappened`` that names what was waited for; whatever `condition` throws.
package func eventually<Value: Sendable>(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + limit
    while true {
        if let value = try await condition() { return value }
        guard ContinuousClock.now < deadline else {
            throw NeverHappened("Within \(limit) this did not happen: \(what)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// Waits until `condition` is true.
package func eventually(
    _ what: String, within limit: Duration = .seconds(60), _ condition: () async throws -> Bool
) async throws {
    try await eventually(what, within: limit) { try await condition() ? () : nil }
}
