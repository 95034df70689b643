import Engine
import Foundation
import Logging
import Model
import Operations
import Storage

/// What measures this process, and what is told of whoever calls.
struct Sampling: Sendable {
    let service: SamplingService
    let users: ActiveUsers

    /// Touches no table yet.
    ///
    /// - Parameter memory: nil where nothing is shared with other processes.
    init(_ settings: ServerSettings, roles: Set<Role>, on stores: Stores, remembering memory: SharedMemory? = nil) {
        users = ActiveUsers()
        var checks: [HealthReading] = []
        if let memory {
            checks.append(BusReading(memory.bus).reading)
            if let cache = memory.cache {
                checks.append(HealthReading(.cacheUp) { _ = try await cache.read("operations") })
            }
        }
        service = SamplingService(
            Node(
                name: settings.operations.node, host: HostProcess.host(), process: HostProcess.current(),
                roles: roles.map(\.rawValue).sorted(), version: Version.current, isAlive: HostProcess.isAlive),
            .init(
                registry: Logs.metrics, files: .ofMachine(dataFolder: settings.dataFolder.path), users: users,
                statistics: stores.jobs, checks: checks),
            on: stores.database, settings: settings.operations.sampling, logger: Logger(label: "suisha.samples"))
    }

    /// What goes on for as long as the process lives.
    var duty: Duty { Duty { [service] in await service.run() } }
}
