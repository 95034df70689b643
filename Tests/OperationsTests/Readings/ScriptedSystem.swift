import Operations
import Synchronization

/// A machine whose `/proc` the test writes.
final class ScriptedSystem: Sendable {
    struct Facts {
        /// Ticks of the process, in user mode.
        var userTicks = 1_000
        var busyTicks = 300
        var idleTicks = 700
        var received = 1_500
        var sectorsWritten = 500
    }

    let facts = Mutex(Facts())

    var files: SystemFiles {
        SystemFiles(content: { [self] in content($0) }, count: { _ in 17 }, disk: { (free: 40, total: 100) })
    }

    private func content(_ path: String) -> String? {
        let facts = facts.withLock { $0 }
        switch path {
        case "/proc/self/stat":
            return "42 (a (odd) name) S 1 1 1 0 -1 0 0 0 0 0 \(facts.userTicks) 250 0 0 20 0 9 0 555 1 2048 0"
        case "/proc/stat":
            let (busy, idle) = (facts.busyTicks, facts.idleTicks)
            return "cpu  \(busy - 100) 50 50 \(idle - 100) 100 0 0 0 9 9\ncpu0 1 1 1 1 1 1 1 1\nbtime 1\n"
        case "/proc/meminfo":
            return "MemTotal:        8000 kB\nMemFree: 1 kB\nMemAvailable:    6000 kB\n"
        case "/proc/diskstats":
            return """
                   7       0 loop0 1 0 9999 0 1 0 9999 0 0 0 0
                   8       0 sda 10 0 1000 5 20 0 \(facts.sectorsWritten - 200) 5 0 0 0
                   8       1 sda1 10 0 1000 5 20 0 300 5 0 0 0
                 259       0 nvme0n1 10 0 2000 5 20 0 200 5 0 0 0
                 259       1 nvme0n1p1 10 0 2000 5 20 0 200 5 0 0 0
                 253       0 dm-0 10 0 3000 5 20 0 500 5 0 0 0
                """
        case "/proc/net/dev":
            return """
                Inter-|   Receive                            |  Transmit
                 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
                    lo: 99999 1 0 0 0 0 0 0 99999 1 0 0 0 0 0 0
                  eth0: \(facts.received - 500) 1 0 0 0 0 0 0 600 1 0 0 0 0 0 0
                wlan0:500 1 0 0 0 0 0 0 100 1 0 0 0 0 0 0
                """
        default: return nil
        }
    }
}
