import AsyncHTTPClient
import Conformance
import Foundation
import NIOCore
import NIOHTTP1
import Storage
import Testing

@testable import BlobStore

/// A real S3 server that `scripts/with-s3` has started.
enum S3Server: String, CaseIterable, Sendable {
    /// Verifies every signature strictly.
    case nanio = "TEST_S3_NANIO_URL"
    /// Knows more of the protocol.
    case moto = "TEST_S3_MOTO_URL"

    /// Its URL. Without a server a test fails in CI and is skipped elsewhere.
    func url() throws -> String {
        if let url = ProcessInfo.processInfo.environment[rawValue] { return url }
        guard ProcessInfo.processInfo.environment["CI"] == nil else {
            throw StorageError(.unavailable, "CI has no S3 server: run scripts/with-s3 COMMAND.")
        }
        try Test.cancel("no S3 server: run scripts/with-s3 COMMAND")
    }

    /// Promises that the server itself breaks, by the name of the behaviour.
    var deviations: Set<String> {
        switch self {
        case .nanio:
            [
                // It refuses with "invalid byte range" where S3 gives the bytes that there are.
                "a range that reaches past the end stops there",
                // It looks and writes in two steps, without a lock between them.
                "of several puts with onlyIfAbsent at once, one wins",
                // It sends the length of one version with the bytes of another.
                "a reader sees one version, whole, while the object is replaced",
                // Its objects are files, so `a` and `a/b` cannot both exist.
                "a listing is in the order of the keys' bytes",
            ]
        case .moto:
            // It looks and writes in two steps, without a lock between them.
            ["of several puts with onlyIfAbsent at once, one wins"]
        }
    }

    func store() async throws -> S3ObjectStore {
        let store = try S3ObjectStore(url: url(), environment: [:])
        try await store.createBucketIfMissing()
        return store
    }
}

@Suite("S3 object store")
struct S3ObjectStoreTests {
    @Test("keeps the promises of an object store", arguments: S3Server.allCases, ObjectStoreBehaviour.all)
    func conforms(server: S3Server, behaviour: ObjectStoreBehaviour) async throws {
        let store = try await server.store()
        guard server.deviations.contains(behaviour.description) else { return try await behaviour.check(store) }
        await withKnownIssue("\(server) differs from S3", isIntermittent: true) { try await behaviour.check(store) }
    }

    @Test("a body of several parts arrives whole, and a broken one leaves nothing", arguments: S3Server.allCases)
    func multipart(server: S3Server) async throws {
        let store = try await server.store()
        let key = "large-\(UUID().uuidString.lowercased())"
        let size = 20 << 20
        let info = try await store.put(
            key, TestBytes(count: size), contentType: "video/mp4", limit: .max, onlyIfAbsent: false)
        #expect(info.size == size)
        let end = try await store.get(key, range: Int64(size - 10)..<Int64(size))
        var tail = 0
        for try await buffer in end.body { tail += buffer.readableBytes }
        #expect(tail == 10)
        try await store.delete(key)
        await #expect(throws: StorageError.self) {
            try await store.put(
                key, TestBytes(count: size), contentType: "video/mp4", limit: Int64(size - 1), onlyIfAbsent: false)
        }
        #expect(try await store.info(key) == nil)
    }

    @Test("whoever holds the read URL reads the object, without a key of their own", arguments: S3Server.allCases)
    func readURL(server: S3Server) async throws {
        let store = try await server.store()
        let key = "shared-\(UUID().uuidString.lowercased())"
        _ = try await store.put(
            key, ByteStreams.of(ByteBuffer(string: "hello")), contentType: "text/plain", limit: .max,
            onlyIfAbsent: false)
        let url = try #require(try store.readURL(key, expiresIn: .seconds(60)))
        let answer = try await HTTPClient.shared.execute(
            HTTPClientRequest(url: url.absoluteString), timeout: .seconds(60))
        #expect(String(buffer: try await answer.body.collect(upTo: 100)) == "hello")
        let forged = url.absoluteString.replacing("shared-", with: "forged-")
        let refusal = try await HTTPClient.shared.execute(HTTPClientRequest(url: forged), timeout: .seconds(60))
        #expect((400..<500).contains(refusal.status.code))
    }

    @Test("a wrong secret is told from a missing bucket and from a dead server, and the secret is never shown")
    func failures() async throws {
        let url = try S3Server.nanio.url()
        let wrong = url.replacing("secret", with: "wrong-secret-value")
        let refused = await #expect(throws: StorageError.self) {
            try await S3ObjectStore(url: wrong, environment: [:]).check()
        }
        #expect(refused?.message.contains("wrong-secret-value") == false)
        let dead = await #expect(throws: StorageError.self) {
            try await S3ObjectStore(url: "s3://key:hidden-value@127.0.0.1:1/objects?tls=false", environment: [:])
                .check()
        }
        #expect(dead?.code == .unavailable && dead?.message.contains("hidden-value") == false)
        #expect(refused?.message != dead?.message)
    }

    @Test(
        "a URL that cannot be meant is refused with its form",
        arguments: [
            "s3://host/bucket", "s3://k:s@host/", "s3://k:s@host/a/b", "s3://k:s@host/bucket?tls=maybe", "s3:bucket",
        ])
    func badURL(url: String) throws {
        let error = #expect(throws: StorageError.self) { try S3ObjectStore(url: url, environment: [:]) }
        #expect(error?.code == .invalid && error?.message.contains("s3://KEY:SECRET@HOST") == true)
    }
}
