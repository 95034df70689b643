import ChildProcesses
package import Engine
import Foundation

/// The operator's own kinds of jobs, each run by a command.
package enum CommandWorkload {
    /// The kinds as a workload, with a check for each program.
    package static func workload(_ kinds: [CommandKind]) -> Workload {
        Workload(
            name: "exec", kinds: kinds.map(\.jobKind), endpoints: { _ in [] },
            checks: kinds.map(program(of:)) + (kinds.contains { !$0.networkAllowed } ? [isolation] : []))
    }

    private static func program(of kind: CommandKind) -> HealthCheck {
        HealthCheck("exec \(kind.name)") {
            guard FileManager.default.isExecutableFile(atPath: kind.program) else {
                throw HealthCheck.Finding(
                    "The program \(kind.program) is not there or may not be run.",
                    remedy: "Install it, or correct 'command' of the kind '\(kind.name)' under 'exec'.")
            }
            return kind.program
        }
    }

    private static var isolation: HealthCheck {
        HealthCheck("exec network") {
            let isolation = await ChildProcess.isolation()
            guard isolation != .unavailable else {
                throw HealthCheck.Finding(
                    "This machine cannot keep commands off the network, as 'network: false' asks.",
                    remedy: "Allow user namespaces: sysctl kernel.unprivileged_userns_clone=1.")
            }
            return isolation.rawValue
        }
    }
}
