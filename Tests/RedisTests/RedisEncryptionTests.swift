import Conformance
import Foundation
import Storage
import Testing

@testable import RedisStore

@Suite(
    "Redis over TLS (G9)", .enabled(if: RedisServer.isExpected, "redis-server is not installed"),
    .timeLimit(.minutes(2)))
struct RedisEncryptionTests {
    @Test("an encrypted server is used when its certificate is trusted and bears its name, and refused otherwise")
    func verifies() async throws {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "suisha-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let made = try await TestCertificate(in: folder)
        let (certificate, key) = (made.certificate, made.key)
        // Its own port for TLS is the one that the fixture chose; the plain one is off.
        try await RedisServer.with(
            [
                "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate,
            ], encrypted: true
        ) { server in
            let identity = "ca=\(certificate)&cert=\(certificate)&key=\(key)"
            #expect(try await Self.outcome("rediss://localhost:\(server.port)?\(identity)") == nil)
            #expect(try await Self.outcome("rediss://127.0.0.1:\(server.port)?\(identity)&verify=certificate") == nil)
            #expect(
                try await Self.outcome("rediss://127.0.0.1:\(server.port)?cert=\(certificate)&key=\(key)&verify=none")
                    == nil)
            let stranger = try await Self.outcome("rediss://127.0.0.1:\(server.port)?\(identity)")
            #expect(
                stranger?.code == .unavailable, "the certificate does not bear that address: \(stranger?.message ?? "")"
            )
            let untrusted = try await Self.outcome("rediss://localhost:\(server.port)?cert=\(certificate)&key=\(key)")
            #expect(untrusted?.code == .unavailable)
            let plain = try await Self.outcome("redis://localhost:\(server.port)")
            #expect(plain?.code == .unavailable)
            let anonymous = try await Self.outcome("rediss://localhost:\(server.port)?ca=\(certificate)")
            #expect(anonymous?.code == .unavailable, "this server asks for a certificate")
            let missing = try await Self.outcome("rediss://localhost:\(server.port)?ca=/nowhere/ca.pem")
            #expect(missing?.code == .invalid)
        }
    }

    private static func outcome(_ url: String) async throws -> StorageError? {
        let client = RedisClient(try RedisSettings(url: url + (url.contains("?") ? "&" : "?") + "timeout=3000"))
        do throws(StorageError) {
            try await client.ready(within: .seconds(20))
            let answer = try await client.call(.init("ECHO", "encrypted"))
            await client.close()
            return answer.text == "encrypted" ? nil : StorageError(.corrupt, "another answer")
        } catch {
            await client.close()
            return error
        }
    }
}
