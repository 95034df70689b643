package import Logging
import Model
package import Storage

/// The text of `/metrics`: what was measured, and what is read from the system and the database when somebody asks.
package struct MetricsPage: Sendable {
    private let registry: MetricRegistry
    private let reading: (any JobReading)?
    private let logger: Logger

    /// - Parameter reading: where waiting jobs are counted; nil where there is no database.
    package init(_ registry: MetricRegistry, reading: (any JobReading)?, version: String, logger: Logger) {
        self.registry = registry
        self.reading = reading
        self.logger = logger
        registry.set("suisha_build_info", [("version", version)], to: 1)
    }

    /// The page, now. A database that does not answer costs its own lines only.
    package func text() async -> String {
        ProcessFacts.read()?.record(in: registry)
        await countJobs()
        return registry.text()
    }

    private func countJobs() async {
        guard let reading else { return }
        do {
            let depths = try await reading.depth()
            // States that emptied since the last time must not stay.
            registry.forget("suisha_jobs")
            for depth in depths {
                registry.set(
                    "suisha_jobs", [("kind", depth.kind), ("state", depth.state.rawValue)], to: Double(depth.count))
            }
        } catch {
            logger.warning("waiting jobs could not be counted for /metrics", metadata: ["error": "\(error)"])
        }
    }
}
