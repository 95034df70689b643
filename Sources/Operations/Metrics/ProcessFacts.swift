import Foundation

/// What Linux knows of this process; names as every Prometheus client has them.
struct ProcessFacts {
    var cpuSeconds: Double
    var residentBytes: Double
    var startSeconds: Double
    var openFiles: Double
    var maximumFiles: Double

    /// Reads /proc; nil where there is none.
    static func read() -> ProcessFacts? {
        guard let statistics = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let system = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
            let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"),
            let name = statistics.lastIndex(of: ")")
        else { return nil }
        // Fields from the third on, `man 5 proc`; the second, the name, may hold blanks.
        let fields = statistics[name...].dropFirst(2).split(separator: " ").map { Double($0) ?? 0 }
        let boot = system.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
        guard fields.count > 21, let boot else { return nil }
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        var limit = rlimit()
        let hasLimit = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return ProcessFacts(
            cpuSeconds: (fields[11] + fields[12]) / ticks,
            residentBytes: fields[21] * Double(sysconf(Int32(_SC_PAGESIZE))),
            startSeconds: boot + fields[19] / ticks,
            openFiles: Double(files.count), maximumFiles: hasLimit ? Double(limit.rlim_cur) : 0)
    }

    func record(in registry: MetricRegistry) {
        registry.series("process_cpu_seconds_total", .counter, []) { NumberSeries() }.set(cpuSeconds)
        registry.set("process_resident_memory_bytes", to: residentBytes)
        registry.set("process_start_time_seconds", to: startSeconds)
        registry.set("process_open_fds", to: openFiles)
        registry.set("process_max_fds", to: maximumFiles)
    }
}
