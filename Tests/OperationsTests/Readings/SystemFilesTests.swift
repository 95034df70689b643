import Foundation
import Testing

@testable import Operations

@Suite("What Linux tells (G2)")
struct SystemFilesTests {
    @Test("processes, processors, memory, whole disks and real networks are read from /proc")
    func reading() {
        let reading = ScriptedSystem().files.read()
        #expect(reading.processSeconds == 12.5)
        #expect(reading.processMemory == Double(2_048 * 4_096))
        #expect(reading.processFiles == 17)
        #expect(reading.machineTicks == 1_000)
        #expect(reading.machineBusy == 300)
        #expect(reading.machineMemoryTotal == Double(8_000 * 1_024))
        #expect(reading.machineMemoryUsed == Double(2_000 * 1_024))
        #expect(reading.diskRead == Double(3_000 * 512))
        #expect(reading.diskWritten == Double(500 * 512))
        #expect(reading.networkReceived == 1_500)
        #expect(reading.networkSent == 700)
        #expect(reading.diskFree == 40 && reading.diskTotal == 100)
    }

    @Test("what is not there, or is nothing one can read, is left out")
    func missing() {
        let nothing = SystemFiles(content: { _ in nil }, count: { _ in nil }, disk: { nil })
        #expect(nothing.read() == SystemReading())
        let noise = SystemFiles(
            content: { _ in "cpu x y\n) a b\nMemTotal: many\n:::\n" }, count: { _ in 0 }, disk: { nil })
        let reading = noise.read()
        #expect(reading.processSeconds == nil && reading.machineTicks == nil && reading.machineMemoryTotal == nil)
    }

    @Test("this machine can be read", .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/stat")))
    func thisMachine() throws {
        let reading = SystemFiles.ofMachine(dataFolder: NSTemporaryDirectory()).read()
        #expect(try #require(reading.processMemory) > 1_000_000)
        #expect(try #require(reading.machineMemoryTotal) >= #require(reading.machineMemoryUsed))
        #expect(try #require(reading.diskTotal) >= #require(reading.diskFree))
        #expect(try #require(reading.machineTicks) > #require(reading.machineBusy))
    }
}
