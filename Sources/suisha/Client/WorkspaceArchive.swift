import Foundation
import Model
import NIOHTTP1

/// Copies what a workspace holds into a folder, by the same API that everybody calls.
struct WorkspaceArchive: Sendable {
    let client: ServerClient
    let folder: URL
    /// How long one call may wait because there were too many before it.
    var patience: Duration = .seconds(300)

    /// What was written.
    struct Result: Encodable, Sendable {
        let folder: String
        var files = 0
        /// What the caller may not read.
        var left: [String] = []

        private enum CodingKeys: String, CodingKey {
            case folder, files
            case left = "left_out"
        }
    }

    /// Lists, each with the path of its API and whether it comes in pages.
    private static let lists: [(name: String, path: String, query: [String: String])] = [
        ("members", "/api/v1/members", page), ("roles", "/api/v1/roles", [:]), ("invites", "/api/v1/invites", page),
        ("keys", "/api/v1/keys", [:]), ("service-accounts", "/api/v1/service-accounts", [:]),
        ("org-chart", "/api/v1/org-chart", [:]), ("projects", "/api/v1/projects", page),
        ("schedules", "/api/v1/schedules", [:]), ("webhooks", "/api/v1/webhooks", [:]),
        ("caps", "/api/v1/caps", [:]), ("quotas", "/api/v1/quotas", [:]),
    ]
    private static let page = ["limit": "100"]

    /// Writes everything; the folder must not be there.
    ///
    /// - Parameter withFiles: fetches what the jobs made as well.
    func write(withFiles: Bool) async throws -> Result {
        do {
            try FileManager.default.createDirectory(
                at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
            // Others on this machine have no business with it.
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure("The folder \(folder.path) cannot be made: \(error.reason).", .cannotWrite)
        }
        var result = Result(folder: folder.path)
        let workspace = try await patiently { try await client.workspace() }
        try await file("workspace.json", &result) { try $0(workspace.data + Data("\n".utf8)) }
        for list in Self.lists {
            try await lines(list.name, &result) { write in
                try await items(list.path, list.query) { try write($0) }
            }
        }
        try await lines("usage", &result) { write in
            let first = String(workspace.document.createdAt.description.prefix(7))
            try await items("/api/v1/usage", ["by": "month", "from": first]) { try write($0) }
        }
        try await lines("documents", &result) { write in
            try await items("/api/v1/documents", Self.page) { item in
                let name = try item.decode(DocumentName.self).name
                let content = try await patiently {
                    try await client.call(.GET, "/api/v1/documents/\(name.pathComponent)")
                }
                try write(JSONText(encoding: StoredDocument(entry: item, content: .init(trusted: content.text))))
            }
        }
        try await optional("audit.jsonl", &result) { name, result in
            try await file(name, &result) { write in
                try await patiently { try await client.exportAudit(["format": "jsonl"], to: write) }
            }
        }
        var jobs: [String] = []
        try await lines("jobs", &result) { write in
            try await items("/api/v1/jobs", Self.page) { item in
                let job = try await patiently { try await client.job(item.decode(JobID.self).id) }
                if job.document.artifacts?.isEmpty == false { jobs.append(job.document.id) }
                try write(JSONText(trusted: job.data.text))
            }
        }
        if withFiles { for job in jobs { try await files(of: job, &result) } }
        return result
    }

    // MARK: Parts

    private func files(of job: String, _ result: inout Result) async throws {
        let place = try ArtifactPlace(output: folder.appending(path: "files/\(job.pathComponent)").path + "/", count: 2)
        for artifact in try await patiently({ try await client.job(job) }).document.artifacts ?? [] {
            let path = try place.path(for: artifact.name)
            try await patiently { try await ArtifactDownload(client: client, job: job).save(artifact, as: path) }
            result.files += 1
        }
    }

    /// A file of JSON lines.
    private func lines(
        _ name: String, _ result: inout Result, _ body: (@escaping (JSONText) throws -> Void) async throws -> Void
    ) async throws {
        try await optional(name + ".jsonl", &result) { name, result in
            try await file(name, &result) { write in
                try await body { try write(Data(($0.text + "\n").utf8)) }
            }
        }
    }

    private func file(
        _ name: String, _ result: inout Result, _ body: (@escaping (Data) throws -> Void) async throws -> Void
    ) async throws {
        try await FileDraft.write(folder.appending(path: name).path, body)
        result.files += 1
    }

    /// Goes on where the caller may not read something.
    private func optional(
        _ name: String, _ result: inout Result, _ body: (String, inout Result) async throws -> Void
    ) async throws {
        do {
            try await body(name, &result)
        } catch let failure as CommandFailure where failure.refusal?.status == 403 {
            result.left.append(name)
        }
    }

    /// Every item of a list, page after page.
    private func items(_ path: String, _ query: [String: String], _ body: (JSONText) async throws -> Void) async throws
    {
        var query = query
        while true {
            let page: Answer<PageDocument<JSONText>> = try await patiently {
                try Answer(await client.call(.GET, path, query: query))
            }
            for item in page.document.items { try await body(item) }
            guard let next = page.document.next else { return }
            query["after"] = next
        }
    }

    /// Calls again when the server says that there were too many calls.
    private func patiently<Value>(_ call: () async throws -> Value) async throws -> Value {
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                return try await call()
            } catch let failure as CommandFailure where failure.refusal?.status == 429 {
                let pause = failure.refusal?.retryAfter ?? .seconds(1)
                guard ContinuousClock.now + pause < deadline else { throw failure }
                try await Task.sleep(for: pause)
            }
        }
    }
}

private struct DocumentName: Decodable {
    let name: String
}

private struct JobID: Decodable {
    let id: String
}

private struct StoredDocument: Encodable {
    let entry: JSONText
    let content: JSONText
}

extension Data {
    fileprivate var text: String { String(decoding: self, as: UTF8.self) }
}
