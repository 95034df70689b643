import Foundation
import Glibc

/// A process as `/proc` describes it. Its number may be given to another process later; together with the start time
/// and the boot it names one process for ever.
struct ProcessRecord: Hashable {
    let id: Int32
    /// Clock ticks between the machine's boot and the start of the process.
    let startTicks: UInt64
    let boot: String

    /// Reads the start time of a process that exists; nil when it is gone.
    init?(id: Int32) {
        guard let status = ProcessStatus(id: id) else { return nil }
        self.id = id
        self.startTicks = status.startTicks
        self.boot = ProcessRecord.currentBoot
    }

    /// Reads what `line` wrote.
    init?(line: String) {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let id = Int32(words[0]), id > 1, let ticks = UInt64(words[1]) else { return nil }
        self.id = id
        self.startTicks = ticks
        self.boot = String(words[2])
    }

    var line: String { "\(id) \(startTicks) \(boot)\n" }

    private static let currentBoot: String = {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
    }()

    /// True when processes of the group this record's process led are alive.
    ///
    /// While a group has members the kernel gives its number to nobody else. So if the leader is gone and the group is
    /// there, it is still ours; if a leader is there it must have our start time.
    var groupIsAlive: Bool {
        guard boot == ProcessRecord.currentBoot, kill(-id, 0) == 0 else { return false }
        guard let leader = ProcessStatus(id: id) else { return true }
        return leader.startTicks == startTicks
    }
}

/// The fields of `/proc/PID/stat` that are used here.
struct ProcessStatus {
    let state: Character
    let startTicks: UInt64
    /// Processor time of the process and of its reaped children.
    let cpuTime: Duration

    init?(id: Int32) {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            // The second field, the program's name, may hold spaces and parentheses: count from its end.
            let nameEnd = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let start = UInt64(fields[19]) else { return nil }
        let ticks = fields[11...14].reduce(into: 0) { $0 += Int64($1) ?? 0 }
        self.state = state
        self.startTicks = start
        self.cpuTime = .milliseconds(ticks * 1_000 / Int64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }
}
