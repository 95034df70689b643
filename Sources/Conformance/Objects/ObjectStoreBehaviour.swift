import Foundation
import NIOCore
package import Storage

/// One promise of ``ObjectStore`` that every driver keeps.
package struct ObjectStoreBehaviour: Sendable, CustomStringConvertible {
    /// The promise, as a sentence.
    package let description: String
    private let body: @Sendable (ObjectStoreTrial) async throws -> Void

    init(_ description: String, _ body: @escaping @Sendable (ObjectStoreTrial) async throws -> Void) {
        self.description = description
        self.body = body
    }

    /// Tries the promise on a store, under keys of its own.
    ///
    /// - Throws: ``BrokenPromise``, or whatever the store threw where it should not.
    package func check(_ store: any ObjectStore) async throws {
        let trial = ObjectStoreTrial(store: store, prefix: "trial-" + UUID().uuidString.lowercased() + "/")
        try await body(trial)
    }

    /// Every promise.
    package static let all: [ObjectStoreBehaviour] = writing + reading + listing
}

/// A driver did not do what ``ObjectStore`` promises.
package struct BrokenPromise: Error, CustomStringConvertible {
    /// What was expected and what came.
    package let description: String
}
