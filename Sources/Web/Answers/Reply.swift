import Endpoints
import Foundation
import HTTPTypes
import NIOCore

/// An answer in the server's own terms, ready to be written.
struct Reply: Sendable {
    /// What follows the head.
    enum Body: Sendable {
        case none
        case data(ByteBuffer)
        case stream(any AsyncSequence<ByteBuffer, any Error> & Sendable, length: Int64?)
        case events(any AsyncSequence<ServerSentEvent, any Error> & Sendable)
    }

    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: Body
    /// Whether the request's body was left unread, so the connection cannot be used again.
    var closes = false
    /// Whether the caller may still have an answer that goes on for long; asked every second.
    var mayGoOn: (@Sendable () async -> Bool)?

    init(status: HTTPResponse.Status, headers: HTTPFields = [:], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The answer of a handler.
    init(_ response: EndpointResponse) {
        status = .init(code: response.status)
        headers = [:]
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { headers.append(.init(name: name, value: value)) }
        }
        for cookie in response.cookies { headers.append(.init(name: .setCookie, value: cookie)) }
        switch response.body {
        case .none:
            body = .none
        case .data(let data, let type):
            body = .data(ByteBuffer(bytes: data))
            headers[.contentType] = type
        case .stream(let bytes, let length, let type):
            body = .stream(bytes, length: length)
            headers[.contentType] = type
        case .events(let events):
            body = .events(events)
            headers[.contentType] = "text/event-stream"
            headers[.cacheControl] = "no-store"
            headers[.xAccelBuffering] = "no"
        }
    }

    /// The length of the body where it is known before it is written.
    var length: Int64? {
        switch body {
        case .none: 0
        case .data(let bytes): Int64(bytes.readableBytes)
        case .stream(_, let length): length
        case .events: nil
        }
    }
}

extension HTTPField.Name {
    static let idempotencyKey = Self("Idempotency-Key")!  // A valid token.
    static let requestID = Self("X-Request-Id")!  // A valid token.
    static let traceparent = Self("traceparent")!  // A valid token.
    static let xAccelBuffering = Self("X-Accel-Buffering")!  // A valid token.
    static let referrerPolicy = Self("Referrer-Policy")!  // A valid token.
    static let crossOriginResourcePolicy = Self("Cross-Origin-Resource-Policy")!  // A valid token.
    static let crossOriginOpenerPolicy = Self("Cross-Origin-Opener-Policy")!  // A valid token.
    static let secFetchSite = Self("Sec-Fetch-Site")!  // A valid token.
    static let host = Self("Host")!  // A valid token.
}
