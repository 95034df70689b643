import Endpoints
import Engine
import Foundation
import Model
import Storage
import Tenancy

/// Exports of workspaces: a job that writes everything of its workspace as JSON Lines, one file for each kind of thing.
enum WorkspaceArchives {
    static let kind = "export-workspace"

    private struct Outcome: Encodable {
        let files: Int
        let bytes: Int64
    }

    /// The workload, which reads the database that it exports from.
    static func workload(_ database: any SQLDatabase, plans: PlanCatalog) -> Workload {
        let log = AuditLog(TenantDatabase(database, plans: plans))
        return Workload(
            name: "workspace-archives",
            kinds: [
                JobKind(
                    name: kind, summary: "Everything of the workspace as JSON Lines", input: .object([]),
                    stages: [], maxAttempts: 3, permission: .workspaceExport,
                    validate: { input in
                        guard input == .emptyObject else {
                            throw Problem(.unprocessable, "An export has no choices; the input is {}.", field: "input")
                        }
                        return input
                    },
                    run: { context in
                        try await export(
                            WorkspaceExport(of: context.job.workspace, in: database).files(log: log), context)
                    })
            ], endpoints: { [endpoint($0)] }, checks: [])
    }

    private static func endpoint(_ services: WorkloadServices) -> Endpoint {
        Endpoint(
            .post, "/api/v1/workspace/export", id: "exportWorkspace", summary: "Exports everything of the workspace",
            description: """
                Submits a job whose files are the export, as JSON Lines: members, roles, projects, documents, jobs, usage, the \
                audit log and more, without secrets. Reading them needs the same permission.
                """,
            access: .needs(.workspaceExport), idempotency: .own, audit: .entry("workspace.export_requested"),
            answers: SubmittedJob.answers, problems: [.conflict]
        ) { request in
            let submitted = try await services.jobs.submit(kind: kind, input: .document(.emptyObject), for: request)
            if !submitted.existing { request.deeds.add(to: [submitted.job.id.description]) }
            return try submitted.response()
        }
    }

    /// Writes each file by itself, so that no more than one is in the scratch folder.
    private static func export(
        _ files: [WorkspaceExport.File], _ context: JobContext
    ) async throws -> JSONText {
        var bytes: Int64 = 0
        for file in files {
            try Task.checkCancellation()
            let url = try context.scratch.appending(path: file.name)
            guard FileManager.default.createFile(atPath: url.path, contents: nil) else {
                throw StorageError(.readOnly, "The file \(url.path) cannot be written.")
            }
            let handle = try FileHandle(forWritingTo: url)
            do {
                defer { try? handle.close() }
                for try await part in file.content { try handle.write(contentsOf: Data(part.utf8)) }
            }
            let stored = try await context.storeFile(url, contentType: "application/x-ndjson")
            try await context.publish([(name: file.name, file: stored)])
            bytes += stored.size
            try FileManager.default.removeItem(at: url)
        }
        return try JSONText(encoding: Outcome(files: files.count, bytes: bytes))
    }
}
