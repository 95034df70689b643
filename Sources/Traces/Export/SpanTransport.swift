/// Carries documents to whoever collects spans.
package protocol SpanTransport: Sendable {
    /// Posts a document of OTLP in JSON and reads the answer, whatever its status.
    ///
    /// - Throws: when there was no whole answer within `timeout`.
    func post(_ document: [UInt8], timeout: Duration) async throws -> SpanAnswer
}

/// What a collector answered.
package struct SpanAnswer: Sendable {
    package let status: Int
    /// The header of that name.
    package let retryAfter: String?
    package let body: [UInt8]

    package init(status: Int, retryAfter: String? = nil, body: [UInt8] = []) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
    }
}
