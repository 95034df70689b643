package import Model

/// Where the events of one stream come from.
protocol LiveSource: Sendable {
    /// Wakes `bell` whenever there may be something new, until the task is cancelled.
    func listen(_ bell: Bell) async

    /// Reads what is new and publishes it. The first call opens the stream.
    ///
    /// - Returns: when to look again if nothing wakes it before; nil to wait for a wake-up.
    /// - Throws: `LiveSourceEnd` when there is nothing to listen to.
    func look(_ stream: LiveStream) async throws -> ContinuousClock.Instant?

    /// What a reader needs who has missed too much, or is new: all of it as it is now.
    ///
    /// - Returns: the state with the number of the last event that it contains.
    func snapshot(of stream: LiveStream) async throws -> LiveSnapshot
}

/// The whole of what a stream is about.
package struct LiveSnapshot: Sendable {
    /// The last event that it contains.
    let position: LivePosition
    let data: JSONText
}

/// There is nothing to listen to any more.
struct LiveSourceEnd: Error {
    /// For whoever was about to listen.
    let refusal: any Error
}

/// How a job looks to those who listen: the same as in the rest of the API.
package struct LiveDescriptions: Sendable {
    /// A job in a list.
    let summary: @Sendable (Job) throws -> JSONText
    /// A job with everything that belongs to it.
    let detail: @Sendable (Job) async throws -> JSONText

    package init(
        summary: @escaping @Sendable (Job) throws -> JSONText,
        detail: @escaping @Sendable (Job) async throws -> JSONText
    ) {
        self.summary = summary
        self.detail = detail
    }
}
