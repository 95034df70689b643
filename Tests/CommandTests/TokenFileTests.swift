import Foundation
import Model
import Testing

@testable import suisha

@Suite("The token file")
struct TokenFileTests {
    private func withFolder(_ body: (URL) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "token-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(folder)
    }

    @Test("it is made at the first call with mode 600, and stays the same")
    func making() async throws {
        try await withFolder { folder in
            let file = TokenFile(url: folder.appending(path: "deep/token"))
            #expect(try file.read() == nil)
            let token = try file.readOrMake()
            #expect(token.revealed.count == 64)
            #expect(try file.readOrMake() == token)
            let mode = try FileManager.default.attributesOfItem(atPath: file.url.path)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/deep")
            #expect(names == ["token"])
        }
    }

    @Test("processes that start together agree on one token")
    func racing() async throws {
        try await withFolder { folder in
            let file = TokenFile(url: folder.appending(path: "token"))
            let tokens = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<16 { group.addTask { try file.readOrMake().revealed } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(tokens.count == 1)
        }
    }

    @Test("a file that others can read, or without a token, is refused")
    func refusing() async throws {
        try await withFolder { folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = TokenFile(url: folder.appending(path: "token"))
            try Data("0123456789abcdef0123\n".utf8).write(to: file.url)
            chmod(file.url.path, 0o644)
            #expect { try file.read() } throws: { "\($0)".contains("chmod 600") }
            chmod(file.url.path, 0o600)
            #expect(try file.read()?.revealed == "0123456789abcdef0123")
            try Data("short".utf8).write(to: file.url)
            chmod(file.url.path, 0o600)
            #expect(throws: SettingError.self) { try file.read() }
        }
    }
}
