package import Foundation
import Synchronization

/// A process of redis-server, or of a sentinel, with a port and a folder of its own.
package final class RedisServer: Sendable {
    private struct State {
        var process: Process?
        var starts = 0
    }

    /// Where the program is; nil when it is not installed, which fails in CI and skips the tests elsewhere.
    package static let program: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .map { "\($0)/redis-server" }.first(where: FileManager.default.isExecutableFile)
    /// Whether tests with a server are to run.
    package static let isExpected: Bool = program != nil || ProcessInfo.processInfo.environment["CI"] == "true"

    /// Its own folder, removed at the end.
    package let folder: URL
    /// Its port on 127.0.0.1.
    package let port: Int
    private let arguments: [String]
    private let readyText: String
    private let state = Mutex(State())

    private init(_ arguments: [String], encrypted: Bool, sentinel configuration: String?) throws {
        folder = URL(filePath: "/tmp").appending(path: "suisha-redis-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        port = try Self.freePort()
        var all = [
            "--port", encrypted ? "0" : "\(port)", "--tls-port", encrypted ? "\(port)" : "0", "--bind", "127.0.0.1",
            "--dir",
            folder.path, "--save", "", "--unixsocket", folder.appending(path: "redis.sock").path,
        ]
        if let configuration {
            let file = folder.appending(path: "sentinel.conf")
            try Data(configuration.utf8).write(to: file)
            all = [file.path, "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder.path, "--sentinel"]
        }
        self.arguments = all + arguments
        readyText = configuration == nil ? "Ready to accept connections" : "+monitor"
    }

    /// Runs `body` with a server that is ready, and ends it afterwards.
    ///
    /// - Parameters:
    ///   - encrypted: makes the port one for TLS.
    ///   - sentinel: makes it a sentinel with that configuration.
    package static func with(
        _ arguments: [String] = [], encrypted: Bool = false, sentinel: String? = nil,
        _ body: (RedisServer) async throws -> Void
    ) async throws {
        for attempt in 1... {
            let server = try RedisServer(arguments, encrypted: encrypted, sentinel: sentinel)
            defer { try? FileManager.default.removeItem(at: server.folder) }
            do {
                try await server.start()
            } catch {
                try await server.kill()
                // Somebody else was faster; the next port is another one.
                if attempt < 3, server.log.contains("Failed listening on port") { continue }
                throw error
            }
            do {
                try await body(server)
            } catch {
                try await server.kill()
                throw error
            }
            return try await server.kill()
        }
    }

    /// Runs `body` with a master named `main`, its replica, and a sentinel that knows both.
    package static func withReplica(
        _ body: (_ master: RedisServer, _ replica: RedisServer, _ sentinel: RedisServer) async throws -> Void
    ) async throws {
        try await with { master in
            try await with(["--replicaof", "127.0.0.1 \(master.port)"]) { replica in
                try await eventually("the replica follows") { replica.log.contains("sync: Finished with success") }
                let configuration = """
                    sentinel monitor main 127.0.0.1 \(master.port) 1
                    sentinel down-after-milliseconds main 3000
                    sentinel failover-timeout main 3000
                    """
                try await with(sentinel: configuration) { sentinel in
                    try await eventually("the sentinel knows the replica") { sentinel.log.contains("+slave") }
                    try await body(master, replica, sentinel)
                }
            }
        }
    }

    /// Cuts the replicas off: what happens from now on does not reach them. They try to come back, so freeze them first.
    package func dropReplicas() async throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["redis-cli", "-p", "\(port)", "CLIENT", "KILL", "TYPE", "replica"]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        try await eventually("redis-cli ends") { !process.isRunning }
        guard process.terminationStatus == 0 else { throw NeverHappened("redis-cli cuts off the replicas") }
    }

    /// Where clients connect without a password.
    package var url: String { "redis://127.0.0.1:\(port)" }
    /// Its socket in the file system.
    package var socketPath: String { folder.appending(path: "redis.sock").path }
    /// What it has written so far.
    package var log: String { (try? String(contentsOf: folder.appending(path: "log"), encoding: .utf8)) ?? "" }

    /// Starts it and returns when it answers.
    package func start() async throws {
        guard let program = Self.program else { throw NeverHappened("redis-server is not installed") }
        let file = folder.appending(path: "log")
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: file)
        process.standardError = FileHandle.nullDevice
        try process.run()
        state.withLock { $0.process = process }
        try await eventually("redis-server is ready") {
            guard process.isRunning else { throw NeverHappened("redis-server ended: \(log)") }
            return log.contains(readyText)
        }
    }

    /// Ends it without warning, and returns when it is gone.
    package func kill() async throws {
        guard let process = state.withLock({ $0.process }), process.isRunning else { return }
        signal(SIGKILL)
        try await eventually("redis-server ends") { !process.isRunning }
    }

    /// Sends it a signal; nothing when it does not run.
    package func signal(_ number: Int32) {
        guard let process = state.withLock({ $0.process }), process.isRunning else { return }
        Foundation.kill(process.processIdentifier, number)
    }

    /// A port that nobody uses; somebody might until the server takes it.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
                bind(descriptor, general, length) == 0 ? getsockname(descriptor, general, &length) : -1
            }
        }
        guard result == 0 else { throw NeverHappened("a free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
