import Foundation
import Testing

/// Gives `body` the URL of a PostgreSQL server that no other test uses, and a way to stop, start and restart it.
func withPrivateServer(_ body: (_ url: String, _ control: (String) async throws -> Void) async throws -> Void) async throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../scripts/with-postgres").path
    let server = Process()
    server.executableURL = URL(filePath: script)
    server.arguments = ["sh", "-c", #"echo "$TEST_POSTGRES_URL $TEST_POSTGRES_CONTROL"; read -r line"#]
    let (input, output) = (Pipe(), Pipe())
    server.standardInput = input
    server.standardOutput = output
    try server.run()
    defer {
        try? input.fileHandleForWriting.close()
        server.waitUntilExit()
    }
    let words = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count == 2 else { try Test.cancel("no PostgreSQL server could be started: scripts/with-postgres says why") }
    try await body(String(words[0])) { command in
        let control = Process()
        control.executableURL = URL(filePath: String(words[1]))
        control.arguments = [command]
        control.standardOutput = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation { continuation in
            control.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try control.run() } catch { continuation.resume(throwing: error) }
        }
        try #require(status == 0, "the server did not \(command)")
    }
}
