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

    /// What takes the commands; `fill` leaves no room on the disk of its own, `free` makes room again; `standby` starts the
    /// server anew as one that follows another, until `promote`.
    private static let shell = """
        echo "$TEST_POSTGRES_URL"
        while read -r line; do
            case "$line" in
            fill) cat /dev/zero >"$TMPDIR/ballast" 2>/dev/null; echo 0 ;;
            free) rm "$TMPDIR/ballast"; echo $? ;;
            standby)
                signal=$(dirname "$TEST_POSTGRES_CONTROL")/data/standby.signal
                "$TEST_POSTGRES_CONTROL" stop >&2 && touch "$signal" && chmod 666 "$signal" &&
                    "$TEST_POSTGRES_CONTROL" start >&2
                echo $? ;;
            *) "$TEST_POSTGRES_CONTROL" "$line" >&2; echo $? ;;
            esac
        done
        """
    /// Runs a command whose temporary files lie on a disk of their own; the mount is seen by nobody else.
    private static let onSmallDisk = #"mount -t tmpfs -o size="$1" tmpfs /mnt && shift && TMPDIR=/mnt exec "$@""#

    /// Gives `body` a server and removes it afterwards.
    ///
    /// - Parameter diskBytes: gives its tables a disk of that size, but not its log of changes: PostgreSQL stops when there
    ///   is no room for that. Needs root; else the test ends as skipped.
    package static func with(diskBytes: Int? = nil, _ body: (PostgresServer) async throws -> Void) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../scripts/with-postgres"
        )
        .path
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [script, "sh", "-c", shell]
        if let diskBytes {
            guard getuid() == 0 else { try Test.cancel("only root may mount a small disk for PostgreSQL") }
            process.arguments =
                ["WITH_POSTGRES_WAL=\(FileManager.default.temporaryDirectory.path)", "unshare", "--mount", "sh", "-c"]
                + [onSmallDisk, "sh", "\(diskBytes)", script, "sh", "-c", shell]
        }
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let end = {
            try? input.fileHandleForWriting.close()
            try await eventually("PostgreSQL is removed", within: .seconds(120)) { !process.isRunning }
        }
        do {
            try await offer(input.fileHandleForWriting, output.fileHandleForReading, to: body)
        } catch {
            try? await end()
            throw error
        }
        try await end()
    }

    /// Gives `body` the server behind a shell that has started.
    private static func offer(
        _ input: FileHandle, _ output: FileHandle, to body: (PostgresServer) async throws -> Void
    ) async throws {
        let url = await nextLine(output)
        guard !url.isEmpty else {
            guard ProcessInfo.processInfo.environment["CI"] == nil else {
                throw NeverHappened("PostgreSQL starts; run scripts/with-postgres true to see why it does not")
            }
            try Test.cancel("no PostgreSQL server could be started: run scripts/with-postgres true to see why")
        }
        try await body(PostgresServer(url: url, input: input, output: output))
    }

    /// Does `stop`, `start`, `restart`, `standby` or `promote`, or with a disk of its own `fill` or `free`, and returns when
    /// that is done.
    package func control(_ command: String) async throws {
        try input.write(contentsOf: Data((command + "\n").utf8))
        let status = await Self.nextLine(output)
        guard status == "0" else { throw NeverHappened("PostgreSQL does '\(command)': it ended with \(status)") }
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
