import Conformance
import Dispatch
import Foundation
import Testing

/// Gives `body` a folder on a disk of that size, which goes away afterwards.
///
/// A child process mounts a small `tmpfs` in a mount namespace of its own, and the folder is reached through that process,
/// so nothing outside the test sees the mount. Where namespaces are not allowed, the test ends as skipped.
func withSmallDisk(bytes: Int, _ body: (URL) async throws -> Void) async throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
        "unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
        "mount -t tmpfs -o size=\(bytes) tmpfs /mnt && echo $$ && read -r line",
    ]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let end = {
        try? input.fileHandleForWriting.close()
        try await eventually("the small disk goes away") { !process.isRunning }
    }
    do {
        try await body(try await folder(output.fileHandleForReading))
    } catch {
        try? await end()
        throw error
    }
    try await end()
}

/// The folder on the disk, once the child has said under which number it runs.
private func folder(_ output: FileHandle) async throws -> URL {
    let answer = await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(returning: String(decoding: output.availableData, as: UTF8.self))
        }
    }
    guard let number = Int(answer.trimmingCharacters(in: .whitespacesAndNewlines)) else {
        try Test.cancel("this machine does not let a test mount a small disk of its own (unshare --user --mount)")
    }
    return URL(fileURLWithPath: "/proc/\(number)/root/mnt/objects")
}
