package import Endpoints
package import Storage

/// Everything that one workload brings: its kinds of jobs and its endpoints. The executable lists the workloads; nothing else
/// knows them.
package struct Workload: Sendable {
    /// For people and logs: `speech-video`.
    package let name: String
    package let kinds: [JobKind]
    /// Operations beside the generic ones for jobs, made once the services they call are there.
    package let endpoints: @Sendable (WorkloadServices) -> [Endpoint]
    /// The schemas that its kinds and endpoints refer to by name.
    package let schemas: [String: Schema]
    /// What the workload needs from the machine, for `doctor`.
    package let checks: [HealthCheck]

    package init(
        name: String, kinds: [JobKind], endpoints: @escaping @Sendable (WorkloadServices) -> [Endpoint],
        schemas: [String: Schema] = [:], checks: [HealthCheck]
    ) {
        self.name = name
        self.kinds = kinds
        self.endpoints = endpoints
        self.schemas = schemas
        self.checks = checks
    }
}

/// What the endpoints of a workload may call.
package struct WorkloadServices: Sendable {
    package let jobs: JobService
    package let reading: any JobReading
    package let objects: any ObjectStore

    package init(jobs: JobService, reading: any JobReading, objects: any ObjectStore) {
        self.jobs = jobs
        self.reading = reading
        self.objects = objects
    }
}

/// One check of the machine or a service, with the way to mend it.
package struct HealthCheck: Sendable {
    package let name: String
    /// Says what was found, or throws ``Finding`` with what to do.
    package let run: @Sendable () async throws -> String

    package init(_ name: String, run: @escaping @Sendable () async throws -> String) {
        self.name = name
        self.run = run
    }

    /// A check that did not pass.
    package struct Finding: Error, Sendable, CustomStringConvertible {
        package let problem: String
        /// A command or a setting.
        package let remedy: String

        package init(_ problem: String, remedy: String) {
            self.problem = problem
            self.remedy = remedy
        }

        package var description: String { "\(problem) \(remedy)" }
    }
}
