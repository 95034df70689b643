import Foundation
import Logging

/// How many files and connections this process may have open.
enum OpenFiles {
    /// Raises the limit to the most that the system grants, and says so when `connections` would not fit beside the rest.
    ///
    /// Shells and service managers often give 1,024, which a few hundred watching browsers would use up.
    static func makeRoom(for connections: Int, _ logger: Logger) {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(files, &limit)
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < rlim_t(connections) + reserve else { return }
        logger.warning(
            "the system grants fewer open files than connections are allowed: raise its limit or lower http.max_connections",
            metadata: ["files": "\(limit.rlim_cur)", "http.max_connections": "\(connections)"])
    }

    /// For databases, uploads, logs and child processes.
    private static let reserve: rlim_t = 256
}
