import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1

/// Fetches a file that a job made.
struct ArtifactDownload: Sendable {
    let client: ServerClient
    let job: String

    /// Writes the file to a path, in one step once it is whole and has the hash that the server says it has.
    func save(_ artifact: ArtifactDocument, as path: String) async throws {
        try await FileDraft.write(path) { write in try await copy(artifact, to: write) }
    }

    /// Hands the bytes of the file on, piece by piece; throws at the end when they are not the right ones.
    func copy(_ artifact: ArtifactDocument, to write: (Data) throws -> Void) async throws {
        let response = try await client.send(
            .GET, "/api/v1/jobs/\(job.pathComponent)/artifacts/\(artifact.name.pathComponent)", deadline: .distantFuture
        )
        var hash = SHA256()
        try await client.read(response) { piece in
            let data = Data(piece.readableBytesView)
            hash.update(data: data)
            try write(data)
        }
        guard hash.finalize().map({ String(format: "%02x", $0) }).joined() == artifact.sha256 else {
            throw CommandFailure("\(artifact.name) did not arrive as the server has it. Fetch it again.", .unreachable)
        }
    }
}
