import Foundation
import SQLiteStore
import Storage
import Testing

/// Gives `body` a folder on a disk of that size, which goes away afterwards.
///
/// A child process mounts a small `tmpfs` in a mount namespace of its own, and the folder is reached through that process,
/// so nothing outside the test sees the mount. Where namespaces are not allowed, the test ends as skipped.
func withSmallDisk(bytes: Int, _ body: (URL) async throws -> Void) async throws {
    try await withMounts("mount -t tmpfs -o size=\(bytes) tmpfs /mnt", body)
}

/// Gives `body` the path of a database with one note, on a disk that is mounted to be read only.
func withReadOnlyCopy(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("suisha-" + UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let database = try SQLiteDatabase(SQLiteSettings(path: folder.appendingPathComponent("kept.db").path))
    try await database.write { connection throws(StorageError) in
        _ = try connection.execute("CREATE TABLE note (id INTEGER PRIMARY KEY)")
        _ = try connection.execute("INSERT INTO note (id) VALUES (1)")
    }
    await database.close()
    try await withMounts("mount --bind '\(folder.path)' /mnt && mount -o remount,bind,ro /mnt") { mounted in
        try await body(mounted.appendingPathComponent("kept.db").path)
    }
}

private func withMounts(_ mount: String, _ body: (URL) async throws -> Void) async throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
        "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount + " && echo $$ && read -r line",
    ]
    let input = Pipe()
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    defer {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
    let answer = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let number = Int(answer.trimmingCharacters(in: .whitespacesAndNewlines)) else {
        try Test.cancel("this machine does not let a test mount a disk of its own (unshare --user --mount)")
    }
    try await body(URL(filePath: "/proc/\(number)/root/mnt"))
}
