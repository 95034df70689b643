package import Endpoints
import Model
import NIOCore

/// The operations on the audit log.
package struct AuditEndpoints: Sendable {
    let log: AuditLog
    private let checks = AuditChecks()

    package init(log: AuditLog) {
        self.log = log
    }

    /// All of them.
    package var all: [Endpoint] { [list, export, verify] }

    private static let filters: [Endpoint.Parameter] = [
        .init(
            .query, "actor", .string(),
            "Who: `user_…`, `service_…`, `server` or `anonymous`; `key_…` for what was done with an API key."),
        .init(.query, "action", .string(), "What was done, such as `member.removed`, or `member.` for all of a kind."),
        .init(.query, "target", .string(), "To what."),
        .init(.query, "outcome", .string(values: AuditRecord.Outcome.allCases.map(\.rawValue)), "How it ended."),
        .init(.query, "from", .string(format: "date-time"), "From then on."),
        .init(.query, "until", .string(format: "date-time"), "Before then."),
    ]

    private var list: Endpoint {
        Endpoint(
            .get, "/api/v1/audit", id: "listAudit", summary: "Lists what was done and refused, the newest first",
            access: .needs(.auditRead), rateClass: .read,
            parameters: Self.filters + EndpointRequest.pageParameters(usual: 50),
            answers: [.json(200, "One page of entries.", .named("AuditPage"))],
            problems: [.invalidRequest, .unprocessable]
        ) { request in
            let limit = try request.pageLimit(usual: 50)
            let entries = try await log.entries(
                in: request.principal.workspace, filter: try request.auditFilter(),
                before: request.pagePosition().flatMap { Int64($0) },
                limit: limit + 1)
            return try .json(
                200, request.page(of: entries, limit: limit, position: { String($0.sequence) }, { $0 }))
        }
    }

    private var export: Endpoint {
        Endpoint(
            .get, "/api/v1/audit/export", id: "exportAudit", summary: "Gives the log as a file, the oldest entry first",
            access: .needs(.auditRead), rateClass: .read,
            parameters: Self.filters + [
                .init(
                    .query, "format", .string(values: AuditExport.Form.allCases.map(\.rawValue)),
                    "`jsonl` (one JSON object a line, as here) or `csv`; `jsonl` unless told.")
            ],
            answers: [
                .init(
                    200, "The entries.",
                    AuditExport.Form.allCases.map { .init($0.contentType, .string()) })
            ], problems: [.invalidRequest, .unprocessable]
        ) { request in
            let form: AuditExport.Form = try request.choice("format") ?? .jsonLines
            let export = log.export(
                from: request.principal.workspace, filter: try request.auditFilter(), as: form)
            let bytes = export.map { ByteBuffer(string: $0) }
            return EndpointResponse(
                status: 200, headers: ["Content-Disposition": "attachment; filename=\"audit.\(form.rawValue)\""],
                body: .stream(bytes, length: nil, contentType: form.contentType))
        }
    }

    private var verify: Endpoint {
        Endpoint(
            .get, "/api/v1/audit/verify", id: "verifyAudit",
            summary: "Walks along the chain of the log and says whether it holds",
            description: """
                Finds an entry that was changed, removed, moved or put in, and a missing end. Keep `entries` and `hash` of \
                the answer outside of this server and give them to a later check as `anchor`: so a log that was put back \
                to an earlier state is found too. Reads the whole log, so each process makes one check of a log at a time.
                """,
            access: .needs(.auditRead), rateClass: .auditCheck,
            parameters: [
                .init(
                    .query, "anchor", .string(pattern: "^[1-9][0-9]{0,17}:[0-9a-f]{64}$"),
                    "`entries` and `hash` of an earlier check: `128:9f86…`.")
            ],
            answers: [.json(200, "What was found.", .named("AuditVerification"))],
            problems: [.invalidRequest, .unprocessable]
        ) { request in
            var anchor: AuditVerification.Anchor?
            if let text = request.query["anchor"] {
                guard let given = AuditVerification.Anchor(text) else {
                    throw Problem(
                        .invalidRequest, "The parameter 'anchor' is a number, a colon and 64 digits.", field: "anchor")
                }
                anchor = given
            }
            let workspace = request.principal.workspace
            return try .json(
                200, try await checks.alone(in: workspace) { try await log.verify(workspace, anchor: anchor) })
        }
    }
}

extension EndpointRequest {
    fileprivate func auditFilter() throws -> AuditFilter {
        func text(_ name: String) -> String? { query[name].flatMap { $0.isEmpty ? nil : $0 } }
        return AuditFilter(
            actor: text("actor"), action: text("action"), target: text("target"), outcome: try choice("outcome"),
            from: try time("from"), until: try time("until"))
    }
}
