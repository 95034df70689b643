import Crypto
import Foundation
package import Endpoints
package import Model
package import Storage

/// Takes work in: validates, bounds and stores it. The one way in for every endpoint.
package struct JobService: Sendable {
    private let submissions: any JobSubmissions
    private let objects: any ObjectStore
    private let kinds: [String: JobKind]
    private let outsideKinds: OutsideKinds?
    private let bounds: DepthBounds

    /// The most jobs of one batch.
    package static let maximumBatch: Int = 1_000

    /// - Parameter outsideKinds: the kinds that outside workers run, where there may be such workers.
    package init(
        submissions: any JobSubmissions, objects: any ObjectStore, kinds: [JobKind], outsideKinds: OutsideKinds? = nil,
        bounds: DepthBounds
    ) {
        self.submissions = submissions
        self.objects = objects
        self.kinds = Dictionary(uniqueKeysWithValues: kinds.map { ($0.name, $0) })
        self.outsideKinds = outsideKinds
        self.bounds = bounds
    }

    /// The kind of that name: one of this program's, or one that an outside worker registered in the workspace.
    ///
    /// - Throws: `Problem` that lists the names there are.
    package func kind(_ name: String, in workspace: WorkspaceID) async throws -> JobKind {
        if let kind = kinds[name] { return kind }
        if let kind = try await outsideKinds?.kind(name, in: workspace) { return kind }
        let known = try await allKinds(in: workspace).map(\.name).prefix(100).joined(separator: ", ")
        throw Problem(.unprocessable, "There is no kind of job named '\(name)'; there are: \(known).", field: "kind")
    }

    /// Refuses whoever lacks what a kind asks for beside the usual.
    ///
    /// - Throws: `Problem` 403.
    package func check(_ principal: Principal, mayUse kind: String) throws {
        guard let permission = kinds[kind]?.permission, !principal.permissions.contains(permission) else { return }
        throw Problem(
            .forbidden, "Jobs of the kind '\(kind)' and their files need the permission \(permission.rawValue).")
    }

    /// The same for the caller of a request, who is about to submit jobs of it.
    private func kind(_ name: String, for request: EndpointRequest) async throws -> JobKind {
        let kind = try await kind(name, in: request.principal.workspace)
        try check(request.principal, mayUse: kind.name)
        return kind
    }

    /// Every kind that the workspace can submit jobs of, by name.
    package func allKinds(in workspace: WorkspaceID) async throws -> [JobKind] {
        let outside = try await outsideKinds?.all(in: workspace) ?? []
        return (Array(kinds.values) + outside.filter { kinds[$0.name] == nil }).sorted { $0.name < $1.name }
    }

    /// Checks an input from outside and returns it in the form that a job of the kind stores.
    ///
    /// - Throws: `Problem` that names the wrong field.
    package func checked(_ input: JSONText, for kind: JobKind) throws -> (input: JSONText, hash: String) {
        let canonical = try kind.validate(input)
        try Self.checkSize(of: canonical)
        return (canonical, Self.hash(canonical.text))
    }

    /// Stores one job on behalf of the caller. An upload that no new job uses is removed again.
    package func submit(
        kind name: String, input: JobInput, options: JobOptions = .init(), for request: EndpointRequest
    ) async throws -> SubmittedJob {
        try await keepingUploads(of: [input], request) {
            let kind = try await self.kind(name, for: request)
            let submitted = try await SubmissionSpan.of(1, kind) {
                let job = try newJob(kind, input, options, request, key: request.idempotencyKey)
                return try await refusing { () async throws(StorageError) in
                    try await submissions.submit([job], within: bounds)
                }
            }[0]
            request.deeds.add([submitted])
            return (submitted, isNew: !submitted.existing)
        }
    }

    /// One of many jobs.
    package struct Item: Sendable {
        package var input: JSONText
        package var idempotencyKey: String?
        package var priority: Int

        package init(input: JSONText, idempotencyKey: String? = nil, priority: Int = 0) {
            self.input = input
            self.idempotencyKey = idempotencyKey
            self.priority = priority
        }
    }

    /// Stores many jobs of one kind on behalf of the caller, in one transaction, each with its own idempotency key.
    ///
    /// - Returns: one answer for each item, in their order.
    package func submit(
        kind name: String, items: [Item], for request: EndpointRequest
    ) async throws -> [SubmittedJob] {
        let kind = try await self.kind(name, for: request)
        try Self.checkCount(items.count)
        return try await SubmissionSpan.of(items.count, kind) { try await submit(items, of: kind, request) }
    }

    private func submit(_ items: [Item], of kind: JobKind, _ request: EndpointRequest) async throws -> [SubmittedJob] {
        var keys: [String: Int] = [:]
        let jobs = try items.enumerated().map { index, item in
            try Self.naming(item: index) {
                if let key = item.idempotencyKey, let first = keys.updateValue(index, forKey: key) {
                    throw Problem(
                        .unprocessable, "Item \(first) has the same idempotency_key.", field: "idempotency_key")
                }
                return try newJob(
                    kind, .document(item.input), JobOptions(priority: item.priority), request, key: item.idempotencyKey,
                    keyField: "idempotency_key")
            }
        }
        let submitted = try await refusing(keyField: "items") { () async throws(StorageError) in
            try await submissions.submit(jobs, within: bounds)
        }
        request.deeds.add(submitted)
        return submitted
    }

    /// Stores a batch of jobs of one kind on behalf of the caller. Uploads that no new job uses are removed again.
    ///
    /// - Parameter gathering: the kind and input of a job that runs once all of them have ended.
    package func submitBatch(
        kind name: String, inputs: [JobInput], gathering: (kind: String, input: JSONText)? = nil,
        for request: EndpointRequest
    ) async throws -> SubmittedBatch {
        try await keepingUploads(of: inputs, request) {
            let kind = try await self.kind(name, for: request)
            let submitted = try await SubmissionSpan.of(inputs.count, kind) {
                let last = try await gatheringJob(gathering, request)
                let batch = try newBatch(kind: kind, inputs: inputs, last, request)
                return try await refusing { () async throws(StorageError) in
                    try await submissions.submit(batch, within: bounds)
                }
            }
            if submitted.existing {
                request.deeds.addNothing()
            } else {
                request.deeds.add(JobDeeds.batch, to: [submitted.batch.id.description])
            }
            return (submitted, isNew: !submitted.existing)
        }
    }

    private func newBatch(
        kind: JobKind, inputs: [JobInput], _ last: NewJob?, _ request: EndpointRequest
    ) throws -> NewBatch {
        try Self.checkCount(inputs.count)
        let jobs = try inputs.enumerated().map { index, input in
            try Self.naming(item: index) { try newJob(kind, input, JobOptions(), request, key: nil) }
        }
        let parts = jobs.map(\.inputHash) + (last.map { [" then ", $0.kind, $0.inputHash] } ?? [])
        return NewBatch(
            workspace: request.principal.workspace, kind: kind.name, jobs: jobs, gathering: last,
            idempotencyKey: try checked(key: request.idempotencyKey), inputHash: Self.hash(parts.joined()))
    }

    private func gatheringJob(
        _ gathering: (kind: String, input: JSONText)?, _ request: EndpointRequest
    ) async throws -> NewJob? {
        guard let gathering else { return nil }
        let kind: Result<JobKind, any Error>
        do {
            kind = .success(try await self.kind(gathering.kind, for: request))
        } catch {
            kind = .failure(error)
        }
        return try Self.naming("The job that runs then", "then") {
            try newJob(try kind.get(), .document(gathering.input), JobOptions(), request, key: nil)
        }
    }

    private func newJob(
        _ kind: JobKind, _ input: JobInput, _ options: JobOptions, _ request: EndpointRequest, key: String?,
        keyField: String = "Idempotency-Key"
    ) throws -> NewJob {
        let (canonical, identity) = try input.canonical(for: kind)
        try Self.checkSize(of: canonical)
        var job = NewJob(
            workspace: request.principal.workspace, kind: kind.name, input: canonical,
            inputHash: Self.hash(identity.text), maxAttempts: kind.maxAttempts, band: kind.band,
            idempotencyKey: try checked(key: key, keyField), request: request.requestID, trace: request.trace)
        try options.apply(to: &job)
        return job
    }

    private static func checkCount(_ count: Int) throws {
        guard count > 0 else {
            throw Problem(.unprocessable, "There is nothing to do: send at least one item.", field: "items")
        }
        guard count <= maximumBatch else {
            let detail = "There are \(count) items; send at most \(maximumBatch) at a time."
            throw Problem(.unprocessable, detail, field: "items")
        }
    }

    private static func checkSize(of input: JSONText) throws {
        guard input.text.utf8.count <= 1 << 20 else {
            throw Problem(.tooLarge, "The input is over 1 MiB; upload large content as a file.")
        }
    }

    /// Says which of many items a problem is about.
    private static func naming<Value>(item index: Int, _ body: () throws -> Value) throws -> Value {
        try naming("Item \(index)", "items[\(index)]", body)
    }

    private static func naming<Value>(_ part: String, _ place: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let problem as Problem {
            let field = place + (problem.field.map { ".\($0)" } ?? "")
            throw Problem(problem.kind, "\(part): \(problem.detail)", field: field)
        }
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

    private func checked(key: String?, _ field: String = "Idempotency-Key") throws -> String? {
        guard let key else { return nil }
        guard (1...200).contains(key.utf8.count), key.allSatisfy({ $0.isASCII && !$0.isNewline }) else {
            throw Problem(.invalidRequest, "The \(field) must be 1 to 200 ASCII characters.", field: field)
        }
        return key
    }

    private func refusing<Value>(
        keyField: String = "Idempotency-Key", _ body: () async throws(StorageError) -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch {
            // A bound of the workspace, as whoever keeps the books says it.
            if let problem = error.underlying as? Problem { throw problem }
            switch error.code {
            case .conflict: throw Problem(.conflict, error.message, field: keyField)
            // Nothing else is looked up while jobs are stored.
            case .notFound: throw Problem(.unprocessable, error.message, field: "needs")
            default: throw error
            }
        }
    }

    private static func hash(_ text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
    }
}
