package import Foundation
package import NIOCore

/// What a handler answers.
package struct EndpointResponse: Sendable {
    package var status: Int
    package var headers: [String: String]
    /// The values of `Set-Cookie` headers, which cannot be joined as others can.
    package var cookies: [String]
    package var body: Body

    package init(status: Int, headers: [String: String] = [:], cookies: [String] = [], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.cookies = cookies
        self.body = body
    }

    /// The content of an answer.
    package enum Body: Sendable {
        case none
        case data(Data, contentType: String)
        /// Bytes in pieces at the reader's pace, with the length where it is known.
        case stream(any AsyncSequence<ByteBuffer, any Error> & Sendable, length: Int64?, contentType: String)
        /// Server-sent events; ends when the sequence ends or the reader leaves.
        case events(any AsyncSequence<ServerSentEvent, any Error> & Sendable)
    }

    /// An answer in JSON with sorted keys.
    ///
    /// - Parameter tag: the version of what it shows; the answer to a GET gets one from its bytes otherwise.
    package static func json(
        _ status: Int = 200, _ value: some Encodable, headers: [String: String] = [:], cookies: [String] = [],
        tag: EntityTag? = nil
    ) throws -> EndpointResponse {
        var headers = headers
        headers["ETag"] = tag?.description ?? headers["ETag"]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return .init(
            status: status, headers: headers, cookies: cookies,
            body: .data(try encoder.encode(value), contentType: "application/json"))
    }
}

/// One event of a `text/event-stream`.
package struct ServerSentEvent: Hashable, Sendable {
    /// What `Last-Event-ID` carries after a reconnect; nil leaves the last one standing.
    package let id: String?
    package let type: String
    /// One line of JSON.
    package let data: String

    package init(id: String?, type: String, data: String) {
        self.id = id
        self.type = type
        self.data = data
    }
}
