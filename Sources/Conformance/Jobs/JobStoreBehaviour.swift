import Storage

/// One promise of the job store that holds on every database.
package struct JobStoreBehaviour: Sendable, CustomStringConvertible {
    /// The promise, as a sentence.
    package let description: String
    private let body: @Sendable (JobStoreTrial) async throws -> Void

    init(_ description: String, _ body: @escaping @Sendable (JobStoreTrial) async throws -> Void) {
        self.description = description
        self.body = body
    }

    /// Tries the promise on a new store.
    ///
    /// - Throws: ``BrokenPromise``, or whatever the store threw where it should not.
    package func check(_ fixture: StoreFixture) async throws {
        try await fixture.withStore { try await body($0) }
    }

    /// Every promise.
    package static let all: [JobStoreBehaviour] =
        submissions + keys + ownership + losses + endings + records + reading + signals + fairness + caps + queues
        + dependencies + schedules + leadership + retention + outsideWorkers
}
