import AsyncHTTPClient
import Foundation
import Model
import NIOCore
import NIOHTTP1

extension ServerClient {
    /// Sends a value as JSON and returns the whole body of the answer.
    func call(
        _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], json: some Encodable
    ) async throws -> Data {
        try await call(
            method, path, headers: [("Content-Type", "application/json")] + headers,
            body: .bytes(ByteBuffer(string: try JSONText(encoding: json).text)))
    }

    func queues() async throws -> Answer<PageDocument<QueueDocument>> {
        try Answer(await call(.GET, "/api/v1/queues"))
    }

    /// - Parameter verb: `pause`, `resume` or `drain`.
    func queue(_ kind: String, _ verb: String) async throws -> Answer<QueueDocument> {
        try Answer(await call(.POST, "/api/v1/queues/\(kind.pathComponent)/\(verb)"))
    }

    func caps() async throws -> Answer<PageDocument<CapDocument>> {
        try Answer(await call(.GET, "/api/v1/caps"))
    }

    func setCap(_ key: String, slots: Int) async throws -> Answer<CapDocument> {
        try Answer(await call(.PUT, "/api/v1/caps/\(key.pathComponent)", json: ["slots": slots]))
    }

    func limits() async throws -> Answer<LimitsDocument> {
        try Answer(await call(.GET, "/api/v1/limits"))
    }

    func set(_ limits: LimitsDocument) async throws -> Answer<LimitsDocument> {
        try Answer(await call(.PUT, "/api/v1/limits", json: limits))
    }
}

/// A queue as the API shows it.
struct QueueDocument: Decodable, Sendable {
    let kind: String
    let mode: String
    let states: [String: Int]
    let oldestWaiting: Timestamp?

    private enum CodingKeys: String, CodingKey {
        case kind, mode, states
        case oldestWaiting = "oldest_waiting"
    }
}

/// A cap as the API shows it.
struct CapDocument: Decodable, Sendable {
    let key: String
    let slots: Int
    let taken: Int
    let waiting: Int
    let shared: Bool
}

/// What a workspace gets of the workers, as the API shows and takes it.
struct LimitsDocument: Codable, Sendable {
    var weight: Int
    var slots: Int?
}
