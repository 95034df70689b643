import Tracing

/// Who sends spans: one process of a server.
package struct SpanSource: Sendable {
    let version: String
    let attributes: SpanAttributes

    /// - Parameters:
    ///   - instance: tells this process from all others.
    ///   - host: the name of its machine.
    package init(version: String, instance: String, host: String, process: Int) {
        self.version = version
        attributes = [
            "service.name": "suisha", "service.version": .string(version), "service.instance.id": .string(instance),
            "host.name": .string(host), "process.pid": .int64(Int64(process)), "telemetry.sdk.language": "swift",
            "telemetry.sdk.name": "suisha", "telemetry.sdk.version": .string(version),
        ]
    }
}
