import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Turns what can go wrong between a command and a server into a sentence.
enum ServerFailure {
    /// The connection could not be made, or broke.
    static func noAnswer(from server: URL, _ error: any Error) -> any Error {
        if error is CancellationError { return error }
        if let error = error as? HTTPClientError {
            if error == .cancelled { return CancellationError() }
            if error == .deadlineExceeded || error == .readTimeout {
                return CommandFailure(
                    "The server at \(server.absoluteString) did not answer in time. Look at its log, or try again.",
                    .unreachable)
            }
        }
        let code = (error as? IOError)?.errnoCode
        if (error as? HTTPClientError) == .remoteConnectionClosed || code == ECONNRESET || code == EPIPE {
            return CommandFailure(
                "The server at \(server.absoluteString) closed the connection; perhaps it was stopped. Try again.",
                .unreachable)
        }
        let isUnreachable = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT].contains(code)
        if error is NIOConnectionError || (error as? HTTPClientError) == .connectTimeout || isUnreachable {
            return CommandFailure(
                """
                No server answers at \(server.absoluteString). Start one with 'suisha serve', or name another with \
                --server or SUISHA_SERVER.
                """, .unreachable)
        }
        return CommandFailure("The call to the server at \(server.absoluteString) failed: \(error)", .unreachable)
    }

    /// What a refusal says, from its problem document where there is one.
    static func refusal(
        of response: HTTPClientResponse, server: URL, _ credential: Credential
    ) async throws -> CommandFailure {
        let data = (try? await response.body.collect(upTo: 1 << 20)).map { Data($0.readableBytesView) } ?? Data()
        let problem = try? JSONDecoder().decode(ProblemDocument.self, from: data)
        let status = Int(response.status.code)
        guard let problem else {
            let hint = status == 404 ? " Is it a Suisha server?" : ""
            return CommandFailure("The server at \(server.absoluteString) answered \(status) without a reason.\(hint)")
        }
        let retryAfter = response.headers.first(name: "Retry-After").flatMap { Int64($0) }
        let refusal = CommandFailure.Refusal(status: status, retryAfter: retryAfter.map { .seconds($0) })
        switch status {
        case 401:
            return CommandFailure(
                "The server at \(server.absoluteString) refused: \(problem.detail)\(credential.advice)", .noPermission,
                refusal: refusal)
        case 403: return CommandFailure(problem.detail, .noPermission, refusal: refusal)
        case 429, 503, 507:
            let wait = retryAfter.map { " Try again in \($0) s." } ?? ""
            return CommandFailure("\(problem.detail)\(wait)", .tryLater, refusal: refusal)
        case 500...:
            return CommandFailure("\(problem.detail) Request id: \(problem.instance ?? "unknown").", refusal: refusal)
        default:
            return CommandFailure(problem.detail, refusal: refusal)
        }
    }

    private struct ProblemDocument: Decodable {
        let detail: String
        let instance: String?
    }
}
