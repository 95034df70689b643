import Crypto
import Foundation
package import Endpoints
import Model
package import Storage

/// Takes work in: validates, bounds and stores it. The one way in for every endpoint.
package struct JobService: Sendable {
    private let submissions: any JobSubmissions
    private let objects: any ObjectStore
    private let kinds: [String: JobKind]
    private let bounds: DepthBounds

    /// The most jobs of one batch.
    package static let maximumBatch: Int = 1_000

    package init(
        submissions: any JobSubmissions, objects: any ObjectStore, kinds: [JobKind], bounds: DepthBounds
    ) {
        self.submissions = submissions
        self.objects = objects
        self.kinds = Dictionary(uniqueKeysWithValues: kinds.map { ($0.name, $0) })
        self.bounds = bounds
    }

    /// The kind of that name.
    ///
    /// - Throws: `Problem` that lists the names there are.
    package func kind(_ name: String) throws -> JobKind {
        guard let kind = kinds[name] else {
            let known = kinds.keys.sorted().joined(separator: ", ")
            throw Problem(
                .unprocessable, "There is no kind of job named '\(name)'; there are: \(known).", field: "kind")
        }
        return kind
    }

    /// Every kind, by name.
    package var allKinds: [JobKind] { kinds.values.sorted { $0.name < $1.name } }

    /// Stores one job on behalf of the caller. An upload that no new job uses is removed again.
    package func submit(
        kind name: String, input: JobInput, priority: Int = 0, for request: EndpointRequest
    ) async throws -> SubmittedJob {
        try await keepingUploads(of: [input], request) {
            let job = try newJob(kind(name), input: input, priority: priority, request, key: request.idempotencyKey)
            let submitted = try await refusing { () async throws(StorageError) in
                try await submissions.submit([job], within: bounds)
            }[0]
            return (submitted, isNew: !submitted.existing)
        }
    }

    /// Stores a batch of jobs of one kind on behalf of the caller. Uploads that no new job uses are removed again.
    package func submitBatch(
        kind name: String, inputs: [JobInput], for request: EndpointRequest
    ) async throws -> SubmittedBatch {
        try await keepingUploads(of: inputs, request) {
            let batch = try newBatch(kind: kind(name), inputs: inputs, request)
            let submitted = try await refusing { () async throws(StorageError) in
                try await submissions.submit(batch, within: bounds)
            }
            return (submitted, isNew: !submitted.existing)
        }
    }

    private func newBatch(kind: JobKind, inputs: [JobInput], _ request: EndpointRequest) throws -> NewBatch {
        guard !inputs.isEmpty else {
            throw Problem(.unprocessable, "The batch is empty: send at least one item.", field: "items")
        }
        guard inputs.count <= Self.maximumBatch else {
            let detail = "The batch has \(inputs.count) items; send at most \(Self.maximumBatch) at a time."
            throw Problem(.unprocessable, detail, field: "items")
        }
        let jobs = try inputs.enumerated().map { index, input in
            do {
                return try newJob(kind, input: input, priority: 0, request, key: nil)
            } catch let problem as Problem {
                let field = "items[\(index)]" + (problem.field.map { ".\($0)" } ?? "")
                throw Problem(problem.kind, "Item \(index): \(problem.detail)", field: field)
            }
        }
        return NewBatch(
            workspace: request.principal.workspace, kind: kind.name, jobs: jobs,
            idempotencyKey: try checked(key: request.idempotencyKey),
            inputHash: Self.hash(jobs.map(\.inputHash).joined()))
    }

    private func newJob(
        _ kind: JobKind, input: JobInput, priority: Int, _ request: EndpointRequest, key: String?
    ) throws -> NewJob {
        guard (-100...100).contains(priority) else {
            throw Problem(.unprocessable, "The priority must lie between -100 and 100.", field: "priority")
        }
        let (canonical, identity) = try input.canonical(for: kind)
        guard canonical.text.utf8.count <= 1 << 20 else {
            throw Problem(.tooLarge, "The input is over 1 MiB; upload large content as a file.")
        }
        return NewJob(
            workspace: request.principal.workspace, kind: kind.name, input: canonical,
            inputHash: Self.hash(identity.text), priority: priority, maxAttempts: kind.maxAttempts,
            idempotencyKey: try checked(key: key), request: request.requestID)
    }

    private func keepingUploads<Value>(
        of inputs: [JobInput], _ request: EndpointRequest, _ body: () async throws -> (Value, isNew: Bool)
    ) async throws -> Value {
        request.custody.take()
        do {
            let (value, isNew) = try await body()
            if !isNew { await removeUploads(of: inputs) }
            return value
        } catch {
            // Without a reply the job may be stored, and need its files.
            let isUnknown = (error as? StorageError)?.code == .unavailable
            if !isUnknown { await removeUploads(of: inputs) }
            throw error
        }
    }

    private func removeUploads(of inputs: [JobInput]) async {
        for case .upload(let file, _) in inputs {
            // The caller's own outcome matters more; what stays is an unused object, not a wrong answer.
            try? await objects.delete(file.object)
        }
    }

    private func checked(key: String?) throws -> String? {
        guard let key else { return nil }
        guard (1...200).contains(key.utf8.count), key.allSatisfy({ $0.isASCII && !$0.isNewline }) else {
            let detail = "The Idempotency-Key must be 1 to 200 ASCII characters."
            throw Problem(.invalidRequest, detail, field: "Idempotency-Key")
        }
        return key
    }

    private func refusing<Value>(_ body: () async throws(StorageError) -> Value) async throws -> Value {
        do {
            return try await body()
        } catch {
            switch error.code {
            case .full: throw Problem(.unavailable, error.message, retryAfter: .seconds(30))
            case .conflict: throw Problem(.conflict, error.message, field: "Idempotency-Key")
            default: throw error
            }
        }
    }

    private static func hash(_ text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
    }
}
