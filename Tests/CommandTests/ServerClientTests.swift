import Crypto
import Foundation
import Model
import Testing

@testable import suisha

@Suite("Calling a server (C1)")
struct ServerClientTests {
    private func failure(_ reply: ScriptedServer.Reply) async throws -> CommandFailure? {
        try await ScriptedServer.with { _, _ in
            reply
        } _: { _, root in
            do {
                _ = try await ServerClient.with(.server(root), token: nil) { try await $0.job("job_1") }
                return nil
            } catch let error as CommandFailure {
                return error
            }
        }
    }

    @Test("refusals become their own sentence and an exit status")
    func refusals() async throws {
        let detail = #"{"detail":"Because.","instance":"req_1"}"#
        let wrongToken = try await failure(.init(status: 401, body: detail))
        #expect(wrongToken?.status == .noPermission)
        #expect(wrongToken?.description.contains("SUISHA_TOKEN") == true)
        let full = try await failure(.init(status: 503, headers: [("Retry-After", "30")], body: detail))
        #expect(full?.status == .tryLater)
        #expect(full?.description == "Because. Try again in 30 s.")
        let broken = try await failure(.init(status: 500, body: detail))
        #expect(broken?.description == "Because. Request id: req_1.")
        let conflict = try await failure(.init(status: 409, body: detail))
        #expect(conflict?.description == "Because.")
        let stranger = try await failure(.init(status: 404, headers: [], body: "<html>"))
        #expect(stranger?.description.contains("Is it a Suisha server?") == true)
        let odd = try await failure(.init(body: "[]"))
        #expect(odd?.description.contains("another version") == true)
    }

    @Test("the token is sent as a bearer token, and the path is encoded")
    func token() async throws {
        try await ScriptedServer.with { _, _ in
            .init(body: JobWatchTests.job("ready"))
        } _: { server, root in
            _ = try await ServerClient.with(.server(root + "/"), token: Secret("abc")) { client in
                try await client.job("a/b c")
            }
            #expect(server.received.first?.headers["authorization"] == "Bearer abc")
            #expect(server.received.first?.uri == "/api/v1/jobs/a%2Fb%20c")
        }
    }

    @Test("a file is uploaded as a form with the options before it and its length known")
    func upload() async throws {
        try await Self.withFile("talk \"1\".mp3", Data(repeating: 7, count: 700_000)) { path in
            try await ScriptedServer.with { _, _ in
                .init(status: 202, body: JobWatchTests.job("ready"))
            } _: {
                server, root in
                let submission = try Submission(
                    kind: "transcribe", input: path, options: ["language": "en"], idempotencyKey: "k1")
                let answer = try await ServerClient.with(.server(root), token: nil) { try await $0.submit(submission) }
                #expect(answer.document.id == "job_1")
                let request = try #require(server.received.first)
                #expect(request.method == "POST" && request.uri == "/api/v1/transcribe")
                #expect(request.headers["idempotency-key"] == "k1")
                #expect(request.headers["content-length"] == String(request.body.count))
                let head = String(decoding: request.body.prefix(400), as: UTF8.self)
                #expect(head.contains("name=\"language\"\r\n\r\nen\r\n--"))
                #expect(head.contains("name=\"file\"; filename=\"talk %221%22.mp3\"\r\n"))
                #expect(request.body.count { $0 == 7 } == 700_000)
            }
        }
    }

    @Test("URLs, texts and requests go as JSON")
    func json() async throws {
        let text = try await Self.withFile("plan.txt", Data("First A.".utf8)) { path in
            try await sent(path, options: [:])
        }
        #expect(text == #"{"text":"First A."}"#)
        let url = try await sent("https://example.com/a.mp3", options: ["language": "ja", "temperature": "0.5"])
        #expect(url == #"{"language":"ja","temperature":0.5,"url":"https://example.com/a.mp3"}"#)
        let whole = try await Self.withFile("x.json", Data(#"{"job":"j"}"#.utf8)) { try await sent($0, options: [:]) }
        #expect(whole == #"{"job":"j"}"#)
        let standardInput = try await sent("-", options: [:])
        #expect(standardInput == #"{"text":"from stdin"}"#)
    }

    private func sent(_ input: String, options: [String: String]) async throws -> String {
        try await ScriptedServer.with { _, _ in
            .init(body: JobWatchTests.job("ready"))
        } _: { server, root in
            let submission = try Submission(
                kind: "generate-diagram", input: input, options: options, idempotencyKey: nil,
                standardInput: { Data("from stdin".utf8) })
            _ = try await ServerClient.with(.server(root), token: nil) { try await $0.submit(submission) }
            #expect(server.received.first?.headers["content-type"] == "application/json")
            return String(decoding: server.received.first?.body ?? [], as: UTF8.self)
        }
    }

    @Test("an input that is not there, or a folder, is refused before anything is sent")
    func missingInput() {
        for path in ["/nonexistent.mp3", "/tmp", "/nonexistent.txt"] {
            #expect { try Submission(kind: "transcribe", input: path, options: [:], idempotencyKey: nil) } throws: {
                ($0 as? CommandFailure)?.status == .noInput
            }
        }
    }

    @Test("a file that arrives whole is there, and one that does not leaves nothing")
    func download() async throws {
        let content = "{\"a\":1}"
        let hash = SHA256.hash(data: Data(content.utf8)).map { String(format: "%02x", $0) }.joined()
        let artifact = ArtifactDocument(
            name: "a.json", contentType: "application/json", size: Int64(content.utf8.count), sha256: hash)
        let folder = FileManager.default.temporaryDirectory.appending(path: "get-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (body, isCut) in [("{\"a\":2}", false), ("{\"a", true)] {
            try await ScriptedServer.with { _, _ in
                .init(body: body, isCut: isCut)
            } _: { _, root in
                _ = await #expect(throws: CommandFailure.self) {
                    try await ServerClient.with(.server(root), token: nil) { client in
                        try await ArtifactDownload(client: client, job: "j").save(artifact, as: folder.path + "/a.json")
                    }
                }
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
        try await ScriptedServer.with { _, _ in
            .init(body: content)
        } _: { _, root in
            try await ServerClient.with(.server(root), token: nil) { client in
                try await ArtifactDownload(client: client, job: "j").save(artifact, as: folder.path + "/a.json")
            }
        }
        #expect(try String(contentsOf: folder.appending(path: "a.json"), encoding: .utf8) == content)
    }

    @Test(
        "a file's name from the server never leads out of the folder",
        arguments: ["../x", "/etc/x", ".hidden", "a/b", ""])
    func names(name: String) throws {
        let place = try ArtifactPlace(output: FileManager.default.temporaryDirectory.path, count: 2)
        #expect(throws: CommandFailure.self) { try place.path(for: name) }
    }

    static func withFile<Value>(
        _ name: String, _ content: Data, _ body: (String) async throws -> Value
    ) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "file-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: name)
        try content.write(to: file)
        return try await body(file.path)
    }
}
