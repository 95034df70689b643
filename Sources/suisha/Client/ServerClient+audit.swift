import AsyncHTTPClient
import Foundation
import Model
import NIOCore
import NIOHTTP1

extension ServerClient {
    func audit(_ query: [String: String]) async throws -> Answer<PageDocument<AuditEntryDocument>> {
        try Answer(await call(.GET, "/api/v1/audit", query: query))
    }

    /// Hands on the log as a file, piece by piece; a log may be larger than memory.
    func exportAudit(_ query: [String: String], to write: (Data) throws -> Void) async throws {
        let response = try await send(.GET, "/api/v1/audit/export", query: query, deadline: .distantFuture)
        try await read(response) { try write(Data($0.readableBytesView)) }
    }

    /// - Parameter anchor: what an earlier check answered, as `entries:hash`.
    func verifyAudit(anchor: String?) async throws -> Answer<AuditVerificationDocument> {
        try Answer(
            await call(
                .GET, "/api/v1/audit/verify", query: anchor.map { ["anchor": $0] } ?? [:], deadline: .distantFuture))
    }
}

/// An entry of the audit log as the API shows it.
struct AuditEntryDocument: Decodable, Sendable {
    let seq: Int64
    let at: Timestamp
    let actor: String
    let action: String
    let target: String?
    let outcome: String
}

/// What a walk along the audit log found.
struct AuditVerificationDocument: Decodable, Sendable {
    let entries: Int64
    let hash: String
    /// What is wrong; missing when the chain holds.
    let problem: String?
}
