import Dispatch
import Foundation
import Testing

/// A PostgreSQL server that no other test uses, which a test may stop, start and restart.
///
/// The shell that `scripts/with-postgres` runs takes the commands, one a line: a child of this process that starts a
/// server would hand it the descriptor by which Foundation notices the child's end.
package final class PostgresServer: Sendable {
    /// Names an empty database on it.
    package let url: String
    private let input: FileHandle
    private let output: FileHandle

    private init(url: String, input: FileHandle, output: FileHandle) {
        self.url = url
        self.input = input
        self.output = output
    }

    /// Gives `body` a server and removes it afterwards.
    package static func with(_ body: (PostgresServer) async throws -> Void) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../scripts/with-postgres"
        )
        .path
        let process = Process()
        process.executableURL = URL(filePath: script)
        process.arguments = [
            "sh", "-c",
            #"echo "$TEST_POSTGRES_URL"; while read -r line; do "$TEST_POSTGRES_CONTROL" "$line" >&2; echo $?; done"#,
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        let url = await nextLine(output.fileHandleForReading)
        guard !url.isEmpty else {
            guard ProcessInfo.processInfo.environment["CI"] == nil else {
                throw NeverHappened("PostgreSQL starts; run scripts/with-postgres true to see why it does not")
            }
            try Test.cancel("no PostgreSQL server could be started: run scripts/with-postgres true to see why")
        }
        try await body(
            PostgresServer(url: url, input: input.fileHandleForWriting, output: output.fileHandleForReading))
    }

    /// Does `stop`, `start` or `restart` and returns when that is done.
    package func control(_ command: String) async throws {
        try input.write(contentsOf: Data((command + "\n").utf8))
        let status = await Self.nextLine(output)
        guard status == "0" else { throw NeverHappened("PostgreSQL does '\(command)': pg_ctl ended with \(status)") }
    }

    /// What the shell wrote: it writes one line at a time and waits. Empty when it has ended.
    private static func nextLine(_ output: FileHandle) async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                let line = String(decoding: output.availableData, as: UTF8.self)
                continuation.resume(returning: line.trimmingCharacters(in: .whitespacesAndNewlines))
            }
        }
    }
}
