import AsyncHTTPClient
import Conformance
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// The public API of a running server, as any client sees it.
struct API: Sendable {
    let url: URL
    let token: String

    struct Reply: Sendable {
        let status: Int
        let headers: [String: String]
        let body: Data

        func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            do {
                return try JSONDecoder().decode(Value.self, from: body)
            } catch {
                throw NeverHappened("\(status) is no \(Value.self): \(String(decoding: body, as: UTF8.self))")
            }
        }
    }

    struct JobDocument: Decodable, Sendable {
        struct Failure: Decodable, Sendable {
            let code: String
            let message: String
        }
        struct Progress: Decodable, Sendable {
            let stage: String
            let percent: Double
        }
        struct Step: Decodable, Sendable {
            let name: String
            let reused: Bool
            let epoch: Int64
        }
        struct Artifact: Decodable, Sendable {
            let name: String
            let size: Int64
        }
        struct Result: Decodable, Sendable {
            let text: String?
            let scenes: Int?
            let notice: String?
        }
        let id: String
        let state: String
        let attempt: Int
        let error: Failure?
        let progress: Progress?
        let result: Result?
        let steps: [Step]?
        let artifacts: [Artifact]?
    }

    func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: Data? = nil,
        within limit: TimeAmount = .seconds(120)
    ) async throws -> Reply {
        var request = HTTPClientRequest(url: url.absoluteString + path)
        request.method = .init(rawValue: method)
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(data: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: limit)
        let content = try await response.body.collect(upTo: 64 << 20)
        return Reply(
            status: Int(response.status.code),
            headers: Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first },
            body: Data(content.readableBytesView))
    }

    /// Uploads a file as a browser does.
    func upload(
        _ content: Data, named name: String, to path: String, fields: [String: String] = [:],
        headers: [String: String] = [:]
    ) async throws -> Reply {
        let boundary = "boundary-\(UUID().uuidString)"
        var body = Data()
        for (field, value) in fields {
            body += Data("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"\r\n\r\n\(value)\r\n".utf8)
        }
        let head = "Content-Disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n"
        body += Data("--\(boundary)\r\n\(head)Content-Type: application/octet-stream\r\n\r\n".utf8)
        body += content + Data("\r\n--\(boundary)--\r\n".utf8)
        return try await send(
            "POST", path,
            headers: headers.merging(["Content-Type": "multipart/form-data; boundary=\(boundary)"]) { $1 }, body: body)
    }

    /// Uploads a recording for a video and returns the job's id.
    func submitVideo(_ recording: Data, named name: String = "speech.flac") async throws -> String {
        let reply = try await upload(recording, named: name, to: "/api/v1/generate-video")
        return try reply.decode(JobDocument.self).id
    }

    func job(_ id: String) async throws -> JobDocument { try await send("GET", "/api/v1/jobs/\(id)").decode() }

    /// The job once it has ended.
    func ended(_ id: String, within limit: Duration = .seconds(120)) async throws -> JobDocument {
        try await eventually("job \(id) ends", within: limit) {
            let job = try await job(id)
            return ["succeeded", "dead", "canceled", "expired"].contains(job.state) ? job : nil
        }
    }
}
