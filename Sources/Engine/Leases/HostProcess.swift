import Foundation

/// Names this process so that another process of the same machine can tell whether it still runs.
package enum HostProcess {
    /// The running kernel and its process namespace: within it, process numbers mean the same to everybody.
    package static func host() -> String {
        let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
        let namespace = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
        return boot.trimmingCharacters(in: .whitespacesAndNewlines) + "/" + namespace
    }

    /// This process: its number and its start, because numbers are used again.
    package static func current() -> String {
        name(of: ProcessInfo.processInfo.processIdentifier)
    }

    /// Whether the process of that name still runs.
    package static func isAlive(_ process: String) -> Bool {
        guard let number = process.split(separator: "-").first.flatMap({ Int32($0) }) else { return false }
        return FileManager.default.fileExists(atPath: "/proc/\(number)/stat") && name(of: number) == process
    }

    private static func name(of process: Int32) -> String {
        let stat = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        // Field 22 is the start time; the second field holds the program's name and may contain spaces.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        return "\(process)-\(fields.count > 19 ? String(fields[19]) : "0")"
    }
}
