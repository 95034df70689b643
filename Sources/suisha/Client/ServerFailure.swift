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
    static func refusal(of response: HTTPClientResponse, server: URL) async throws -> CommandFailure {
        let data = (try? await response.body.collect(upTo: 1 << 20)).map { Data($0.readableBytesView) } ?? Data()
        let problem = try? JSONDecoder().decode(ProblemDocument.self, from: data)
        let status = Int(response.status.code)
        guard let problem else {
            let hint = status == 404 ? " Is it a Suisha server?" : ""
            return CommandFailure("The server at \(server.absoluteString) answered \(status) without a reason.\(hint)")
        }
        switch status {
        case 401, 403:
            return CommandFailure(
                """
                The server at \(server.absoluteString) refused the token: \(problem.detail) Set SUISHA_TOKEN, or \
                --http-token-file to the file that the server's 'suisha config' shows as http.token_file.
                """, .noPermission)
        case 429, 503, 507:
            let wait = response.headers.first(name: "Retry-After").map { " Try again in \($0) s." } ?? ""
            return CommandFailure("\(problem.detail)\(wait)", .tryLater)
        case 500...:
            return CommandFailure("\(problem.detail) Request id: \(problem.instance ?? "unknown").")
        default:
            return CommandFailure(problem.detail)
        }
    }

    private struct ProblemDocument: Decodable {
        let detail: String
        let instance: String?
    }
}
