import Foundation
import Subprocess
import Synchronization

/// How children are kept off the network on this machine.
package enum NetworkIsolation: String, Hashable, Sendable {
    /// An empty network namespace made with the rights of the process itself (root or CAP_SYS_ADMIN).
    case namespace
    /// An empty network namespace inside a user namespace, made without rights.
    case userNamespace
    /// The machine allows neither; children of a command without network can reach it.
    case unavailable

    /// What stands before the program in the child's arguments; `unshare` replaces itself by the program.
    var prefix: [String] {
        switch self {
        case .namespace: ["unshare", "--net", "--"]
        case .userNamespace: ["unshare", "--user", "--map-current-user", "--net", "--"]
        case .unavailable: []
        }
    }

    private static let found: Mutex<NetworkIsolation?> = Mutex(nil)

    /// The strongest form that works here, found by trying once per process (about 10 ms).
    static func detect() async -> NetworkIsolation {
        if let known = found.withLock({ $0 }) { return known }
        var answer = NetworkIsolation.unavailable
        for candidate in [NetworkIsolation.namespace, .userNamespace] where await candidate.works() {
            answer = candidate
            break
        }
        return found.withLock { known in
            known = known ?? answer
            return known ?? answer
        }
    }

    private func works() async -> Bool {
        let attempt = try? await Subprocess.run(
            .name(prefix[0]), arguments: Arguments(Array(prefix.dropFirst()) + ["true"]),
            environment: .custom(["PATH": Command.defaultEnvironment["PATH"] ?? ""]),
            input: .none, output: .discarded, error: .discarded)
        return attempt?.terminationStatus.isSuccess ?? false
    }
}
