import AsyncHTTPClient
import Crypto
import Foundation
import Model
import NIOCore
import NIOHTTP1
import Outbound
import Storage

/// Sends signed calls to one bucket, and tries again where that is safe.
struct S3Client: Sendable {
    let location: S3Location
    private let signature: SignatureV4
    private let now: @Sendable () -> Date

    /// The connections of every bucket. Like `HTTPClient.shared`, it lives as long as the process; idle connections close.
    private static let connections: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .seconds(60), write: .seconds(60)),
            connectionPool: .init(idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: 32))
        configuration.httpVersion = .http1Only
        // Trying again is ours to decide, see `S3Retry`.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// The longest answer that is not an object's content.
    private static let maximumAnswer: Int = 8 << 20
    /// From connecting to the whole answer, or to its first byte when it is streamed.
    private static let attemptDeadline: Duration = .seconds(120)

    init(location: S3Location, now: @escaping @Sendable () -> Date = { Date() }) {
        self.location = location
        self.now = now
        signature = SignatureV4(credentials: location.credentials, region: location.region)
    }

    /// Sends a call and reads the whole answer.
    ///
    /// - Parameter action: what is attempted, for error messages: `store the object 'x'`.
    /// - Throws: ``S3Failure`` when the server says no; `StorageError` when no answer came.
    func send(_ call: S3Call, _ action: String) async throws -> S3Answer {
        try await retrying(call, action) {
            let response = try await execute(call)
            let body = try await response.body.collect(upTo: Self.maximumAnswer)
            return S3Answer(status: Int(response.status.code), headers: response.headers, body: body)
        } failure: {
            S3Failure($0)
        }
    }

    /// Sends a call and leaves the body of a good answer to the caller.
    func open(_ call: S3Call, _ action: String) async throws -> HTTPClientResponse {
        let opened = try await retrying(call, action) {
            let response = try await execute(call)
            guard !(200..<300).contains(response.status.code) else { return Opened(response: response, failure: nil) }
            let body = try await response.body.collect(upTo: Self.maximumAnswer)
            let answer = S3Answer(status: Int(response.status.code), headers: response.headers, body: body)
            return Opened(response: response, failure: S3Failure(answer))
        } failure: {
            $0.failure
        }
        return opened.response
    }

    /// A URL that works without credentials for a while.
    func presignedURL(_ key: ObjectKey, expiresIn seconds: Int) -> URL? {
        let path = location.path(of: key)
        let request = SignatureV4.Request(method: "GET", path: path, headers: [("host", location.host)])
        let query = signature.presignedQuery(for: request, expiresIn: seconds, at: now())
        return URL(string: location.url(path: path, query: query))
    }

    private struct Opened: Sendable {
        let response: HTTPClientResponse
        let failure: S3Failure?
    }

    private func retrying<Answer: Sendable>(
        _ call: S3Call, _ action: String, attempt: @escaping @Sendable () async throws -> Answer,
        failure: (Answer) -> S3Failure?
    ) async throws -> Answer {
        let started = ContinuousClock.now
        var retry = S3Retry()
        while true {
            let problem: any Error
            let isRetryable: Bool
            var asked: Duration?
            do {
                let answer = try await Deadline.run(within: Self.attemptDeadline, attempt)
                guard let failure = failure(answer) else { return answer }
                problem = failure
                isRetryable = failure.isTransient
                asked = failure.retryAfter
            } catch {
                guard !Task.isCancelled, !(error is CancellationError) else {
                    throw StorageError(.canceled, "Asked to stop while it was to \(action).")
                }
                problem = StorageError(
                    .unavailable,
                    "Could not \(action) in \(location.name): \(Self.reason(error)). Check that the server runs and can be "
                        + "reached.", underlying: error)
                isRetryable = call.isIdempotent
            }
            let elapsed = ContinuousClock.now - started
            switch retry.handleFailure(
                retryable: isRetryable, asked: asked, elapsed: elapsed, random: .random(in: 0...1))
            {
            case .giveUp: throw problem
            case .wait(let duration):
                do {
                    try await Task.sleep(for: duration)
                } catch {
                    throw StorageError(.canceled, "Asked to stop while it was to \(action).")
                }
            }
        }
    }

    private func execute(_ call: S3Call) async throws -> HTTPClientResponse {
        let date = now()
        let path = location.path(of: call.key)
        let payloadHash = SHA256.hexadecimal(of: call.body)
        var headers =
            call.headers + [
                ("host", location.host), ("x-amz-content-sha256", payloadHash),
                ("x-amz-date", SignatureV4.timestamp(date)),
            ]
        if let token = location.credentials.sessionToken { headers.append(("x-amz-security-token", token.revealed)) }
        let signed = SignatureV4.Request(method: call.method.rawValue, path: path, query: call.query, headers: headers)
        headers.append(("authorization", signature.authorization(for: signed, payloadHash: payloadHash, at: date)))
        var request = HTTPClientRequest(
            url: location.url(path: path, query: SignatureV4.canonicalQuery(call.query)))
        request.method = call.method
        request.headers = HTTPHeaders(headers)
        if call.body.readableBytes > 0 || call.method == .PUT || call.method == .POST {
            request.body = .bytes(call.body)
        }
        return try await Self.connections.execute(
            request, deadline: .now() + .nanoseconds(Self.attemptDeadline.nanoseconds))
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case let error as OutboundError: error.message
        default: "\(error)"
        }
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
