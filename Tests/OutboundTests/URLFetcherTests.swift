import Foundation
import Model
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import Outbound

@Suite("C1: fetching a stranger's URL")
struct URLFetcherTests {
    /// A fetcher for which `public.test` is the test's own server.
    private static func fetcher(
        allowed: [String] = ["public.test"], limits: URLFetcher.Limits = .init(),
        resolving: @escaping @Sendable (String) -> [String] = { $0 == "public.test" ? ["127.0.0.1"] : [$0] }
    ) -> URLFetcher {
        URLFetcher(
            policy: AddressPolicy(allowed: allowed),
            resolver: HostResolver { host in resolving(host).compactMap(InternetAddress.init) }, limits: limits)
    }

    private static func withFile<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "fetch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let value = try await body(folder.appending(path: "recording"))
        let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(left == ["recording"] || left == [])
        return value
    }

    private static func code(of body: () async throws -> some Any) async -> OutboundError.Code? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? OutboundError)?.code
        }
    }

    @Test("a file arrives whole, under the server's name for it")
    func arrives() async throws {
        try await AnswerServer.with([
            "/a.mp3": .init(headers: ["Content-Disposition": "attachment; filename=\"talk 1.mp3\""], body: "sound")
        ]) { port in
            try await Self.withFile { file in
                let name = try await Self.fetcher().fetch(
                    "http://public.test:\(port)/a.mp3", to: file, maximumBytes: .kibibytes(1))
                #expect(name == "talk 1.mp3")
                #expect(try String(contentsOf: file, encoding: .utf8) == "sound")
            }
        }
    }

    @Test("a redirect is followed, and one that leads inside is refused")
    func redirects() async throws {
        try await AnswerServer.with([
            "/good": .init(status: 302, headers: ["Location": "/file.wav"]), "/file.wav": .init(body: "sound"),
            "/bad": .init(status: 307, headers: ["Location": "http://169.254.169.254/latest/meta-data"]),
            "/file": .init(status: 301, headers: ["Location": "file:///etc/passwd"]),
            "/loop": .init(status: 302, headers: ["Location": "/loop"]),
        ]) { port in
            let origin = "http://public.test:\(port)"
            try await Self.withFile { file in
                let name = try await Self.fetcher().fetch(origin + "/good", to: file, maximumBytes: .kibibytes(1))
                #expect(name == "file.wav")
            }
            for (path, code) in [
                ("/bad", OutboundError.Code.forbiddenAddress), ("/file", .invalidURL), ("/loop", .tooManyRedirects),
            ] {
                try await Self.withFile { file in
                    let found = await Self.code {
                        try await Self.fetcher().fetch(origin + path, to: file, maximumBytes: .kibibytes(1))
                    }
                    #expect(found == code)
                }
            }
        }
    }

    @Test("a name that answers differently the second time gains nothing")
    func rebinding() async throws {
        try await AnswerServer.with(["/a": .init(body: "secret")]) { port in
            let lookups = Mutex(0)
            // The first answer is public and unreachable here; every later one leads to the server inside.
            let fetcher = Self.fetcher(allowed: [], limits: .short) { _ in
                lookups.withLock { count in
                    count += 1
                    return count == 1 ? ["240.0.0.1", "8.8.8.8"] : ["127.0.0.1"]
                }
            }
            try await Self.withFile { file in
                let code = await Self.code {
                    try await fetcher.fetch("http://rebind.test:\(port)/a", to: file, maximumBytes: .kibibytes(1))
                }
                // One address that is not public is enough to refuse the host.
                #expect(code == .forbiddenAddress)
            }
            #expect(lookups.withLock { $0 } == 1)
        }
    }

    @Test("the connection goes to the checked address, whatever the system resolves")
    func pinned() async throws {
        try await AnswerServer.with(["/a": .init(body: "sound")]) { port in
            try await Self.withFile { file in
                // `public.test` exists nowhere: only the checked address can have led here.
                _ = try await Self.fetcher().fetch(
                    "http://PUBLIC.test:\(port)/a", to: file, maximumBytes: .kibibytes(1))
                #expect(try String(contentsOf: file, encoding: .utf8) == "sound")
            }
        }
    }

    @Test(
        "what is no plain web address is refused",
        arguments: [
            "ftp://public.test/a", "file:///etc/passwd", "http://", "public.test/a", "http://user:pass@public.test/a",
            "http://public.test%2f@evil/", "http://[fe80::1%25eth0]/",
        ])
    func invalid(url: String) async throws {
        try await Self.withFile { file in
            let code = await Self.code { try await Self.fetcher().fetch(url, to: file, maximumBytes: .kibibytes(1)) }
            #expect(code == .invalidURL)
        }
    }

    @Test(
        "every form of an inside address is refused, with the system's own resolver",
        arguments: [
            "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost",
        ])
    func oddForms(host: String) async throws {
        try await Self.withFile { file in
            let fetcher = URLFetcher(policy: AddressPolicy())
            let code = await Self.code {
                try await fetcher.fetch("http://\(host):9/a", to: file, maximumBytes: .kibibytes(1))
            }
            #expect(code == .forbiddenAddress)
        }
    }

    @Test("too much, too slow, too long and refused each have their own error")
    func limits() async throws {
        try await AnswerServer.with([
            "/large": .init(body: String(repeating: "x", count: 5_000)),
            "/endless": .init(body: String(repeating: "x", count: 100), repeats: true),
            "/silent": .init(isSilent: true), "/gone": .init(status: 404), "/down": .init(status: 503),
        ]) { port in
            for (path, code) in [
                ("/large", OutboundError.Code.tooLarge), ("/endless", .tooLarge), ("/silent", .timedOut),
                ("/gone", .refused), ("/down", .unreachable),
            ] {
                // Only who is meant to be too slow gets little time: the machine may be busy.
                let limits = code == .timedOut ? URLFetcher.Limits.short : .init()
                try await Self.withFile { file in
                    let found = await Self.code {
                        try await Self.fetcher(limits: limits).fetch(
                            "http://public.test:\(port)\(path)", to: file, maximumBytes: .kibibytes(2))
                    }
                    #expect(found == code, "\(path)")
                }
            }
        }
    }

    @Test("a server that drips is given up, for good")
    func drips() async throws {
        try await AnswerServer.with(["/drip": .init(body: String(repeating: "x", count: 100), repeats: true)]) { port in
            try await Self.withFile { file in
                var limits = URLFetcher.Limits()
                limits.slowGrace = .zero
                limits.minimumBytesPerSecond = 1e15
                let found = await Self.code {
                    try await Self.fetcher(limits: limits).fetch(
                        "http://public.test:\(port)/drip", to: file, maximumBytes: .mebibytes(1))
                }
                #expect(found == .refused)
            }
        }
    }

    @Test("nothing is fetched while this machine's own addresses are unknown")
    func unknownOwnAddresses() throws {
        let policy = AddressPolicy(allowed: []) {
            throw OutboundError(.forbiddenAddress, "They cannot be listed.")
        }
        let address = try #require(InternetAddress("93.184.216.34"))
        #expect(throws: OutboundError.self) { try policy.check([address], of: Target("http://public.test/a")) }
    }

    @Test("private hosts are fetched where the operator allows them, by name, address or network")
    func allowed() async throws {
        try await AnswerServer.with(["/a": .init(body: "sound")]) { port in
            for allowed in ["media.internal", "127.0.0.1", "127.0.0.0/8"] {
                try await Self.withFile { file in
                    let fetcher = Self.fetcher(allowed: [allowed]) { _ in ["127.0.0.1"] }
                    _ = try await fetcher.fetch(
                        "http://media.internal:\(port)/a", to: file, maximumBytes: .kibibytes(1))
                }
            }
        }
    }
}

extension URLFetcher.Limits {
    fileprivate static var short: Self {
        var limits = Self()
        limits.connect = .milliseconds(300)
        limits.idle = .milliseconds(300)
        limits.total = .seconds(3)
        return limits
    }
}
