import Foundation

/// What Linux has counted so far, of this process and of the machine.
struct SystemReading: Hashable, Sendable {
    /// Seconds of processor time that the process used.
    var processSeconds: Double?
    var processMemory: Double?
    var processFiles: Double?
    /// Ticks that all processors spent working, and all ticks.
    var machineBusy: Double?
    var machineTicks: Double?
    var machineMemoryUsed: Double?
    var machineMemoryTotal: Double?
    var diskFree: Double?
    var diskTotal: Double?
    /// Bytes since the start.
    var diskRead: Double?
    var diskWritten: Double?
    var networkReceived: Double?
    var networkSent: Double?
}

/// Where ``SystemReading`` comes from: `/proc`, as text, and the room on a disk. Tests hand in texts.
package struct SystemFiles: Sendable {
    /// The content of a file; nil when there is none.
    let content: @Sendable (_ path: String) -> String?
    /// How many names a folder has.
    let count: @Sendable (_ path: String) -> Int?
    /// Free and all bytes where the data lie.
    let disk: @Sendable () -> (free: Double, total: Double)?
    /// How the kernel counts: ticks a second and bytes a page.
    let ticksPerSecond: Double
    let pageSize: Double

    package init(
        ticksPerSecond: Double = 100, pageSize: Double = 4_096,
        content: @escaping @Sendable (_ path: String) -> String?,
        count: @escaping @Sendable (_ path: String) -> Int?,
        disk: @escaping @Sendable () -> (free: Double, total: Double)?
    ) {
        self.ticksPerSecond = ticksPerSecond
        self.pageSize = pageSize
        self.content = content
        self.count = count
        self.disk = disk
    }

    /// Those of this machine.
    ///
    /// - Parameter folder: a path on the disk whose room matters.
    package static func ofMachine(dataFolder folder: String) -> SystemFiles {
        SystemFiles(
            ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))), pageSize: Double(sysconf(Int32(_SC_PAGESIZE))),
            content: { path in
                FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
            },
            count: { path in try? FileManager.default.contentsOfDirectory(atPath: path).count },
            disk: {
                var room = statvfs()
                guard statvfs(folder, &room) == 0 else { return nil }
                let block = Double(room.f_frsize)
                return (free: Double(room.f_bavail) * block, total: Double(room.f_blocks) * block)
            })
    }

    /// Reads everything; what cannot be read is left out.
    func read() -> SystemReading {
        var reading = SystemReading()
        readProcess(into: &reading)
        readProcessor(into: &reading)
        readMemory(into: &reading)
        readDisks(into: &reading)
        readNetwork(into: &reading)
        if let room = disk() { (reading.diskFree, reading.diskTotal) = (room.free, room.total) }
        return reading
    }

    private func readProcess(into reading: inout SystemReading) {
        reading.processFiles = count("/proc/self/fd").map(Double.init)
        // Fields from the third on, `man 5 proc`; the second, the name, may hold blanks and braces.
        guard let text = content("/proc/self/stat"), let name = text.lastIndex(of: ")") else { return }
        let fields = text[name...].dropFirst(2).split(separator: " ")
        guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
            let pages = Double(fields[21])
        else { return }
        reading.processSeconds = (user + system) / ticksPerSecond
        reading.processMemory = pages * pageSize
    }

    private func readProcessor(into reading: inout SystemReading) {
        guard let line = content("/proc/stat")?.split(separator: "\n").first, line.hasPrefix("cpu ") else { return }
        // user nice system idle iowait irq softirq steal; what follows is part of user and nice.
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        guard ticks.count >= 5 else { return }
        let all = ticks.reduce(0, +)
        reading.machineTicks = all
        reading.machineBusy = all - ticks[3] - ticks[4]
    }

    private func readMemory(into reading: inout SystemReading) {
        guard let text = content("/proc/meminfo") else { return }
        func bytes(_ name: String) -> Double? {
            text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
                .flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Double($0) }.map { $0 * 1_024 }
        }
        guard let total = bytes("MemTotal"), let available = bytes("MemAvailable") else { return }
        reading.machineMemoryTotal = total
        reading.machineMemoryUsed = total - available
    }

    /// Whole disks only: what partitions and layers above them do, these do too.
    private func readDisks(into reading: inout SystemReading) {
        guard let text = content("/proc/diskstats") else { return }
        var disks: [(name: Substring, read: Double, written: Double)] = []
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 9, let read = Double(fields[5]), let written = Double(fields[9]) else { continue }
            let name = fields[2]
            let isLayer = ["loop", "ram", "dm-", "md", "zram", "sr", "fd"].contains { name.hasPrefix($0) }
            if isLayer || disks.contains(where: { Self.isPartition(name, of: $0.name) }) { continue }
            disks.append((name, read * 512, written * 512))
        }
        reading.diskRead = disks.reduce(0) { $0 + $1.read }
        reading.diskWritten = disks.reduce(0) { $0 + $1.written }
    }

    /// `sda1` is one of `sda`, `nvme0n1p2` of `nvme0n1`, and `nvme0n10` none of `nvme0n1`.
    private static func isPartition(_ name: Substring, of disk: Substring) -> Bool {
        guard name.hasPrefix(disk), name != disk, let last = disk.last else { return false }
        var number = name.dropFirst(disk.count)
        if last.isNumber {
            guard number.first == "p" else { return false }
            number = number.dropFirst()
        }
        return !number.isEmpty && number.allSatisfy(\.isNumber)
    }

    private func readNetwork(into reading: inout SystemReading) {
        guard let text = content("/proc/net/dev") else { return }
        var (received, sent) = (0.0, 0.0)
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) != "lo" else { continue }
            let fields = parts[1].split(separator: " ").compactMap { Double($0) }
            guard fields.count > 8 else { continue }
            received += fields[0]
            sent += fields[8]
        }
        (reading.networkReceived, reading.networkSent) = (received, sent)
    }
}
