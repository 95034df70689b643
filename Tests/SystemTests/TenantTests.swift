import Conformance
import Foundation
import Testing

extension SystemTests {
    /// Two workspaces on one server.
    @Suite("B3: what belongs to a workspace stays in it, and leaves it as an export")
    struct Tenants {
        private static let limits = [
            "SUISHA_LIMITS_RATE":
                "sign-in=off, workspace-write=off, read=off, standard=off, upload=off, org-chart=off, audit-check=off"
        ]
        private static let absent = "0193f0a1c2d37abc8def0123456789ab"

        /// A request that names something; `{}` stands for its id.
        private struct Probe: Sendable {
            let method: String
            let path: String
            var body: String?
            let id: String
        }

        @Test(
            "an id of another workspace is as good as one of nobody, in a path, a query, a body, an item and a cursor")
        func foreignIDs() async throws {
            try await Installation.with(Self.limits) { installation in
                try Exec.install(in: installation.folder)
                let (_, api) = try await installation.server(roles: "api")
                let owner = try await installation.owner(at: api.url)
                let victim = owner.in(try await Self.workspace("Victim", owner))
                let ids = try await Self.everything(in: victim, installation)
                let home = try await Self.workspace("Home", owner)
                let mine = try await Accounts.role("owner", owner.in(home))
                let invited = try await owner.in(home).send("POST", "/api/v1/invites", #"{"role": "\#(mine)"}"#)
                let thief = try await Accounts.guest(
                    "thief", of: try invited.text("token"), installation, at: api.url
                ).in(home)
                let me = try await thief.send("GET", "/api/v1/account").text("id")

                var probes = try await Self.paths(of: owner).compactMap { method, path -> Probe? in
                    let collection = path.components(separatedBy: "/{").first?.split(separator: "/").last ?? ""
                    guard let id = ids[String(collection)] else { return nil }
                    let rest = path.components(separatedBy: "}").dropFirst().joined(separator: "}")
                        .replacing(/\{[^}]*/) { _ in "x" }.replacing("}", with: "")
                    let prefix = path.components(separatedBy: "{")[0]
                    return Probe(
                        method: method, path: prefix + "{}" + rest,
                        body: ["GET", "DELETE"].contains(method) ? nil : "{}", id: id)
                }
                #expect(probes.count > 35)
                let job = #""kind": "count-words", "input": {"text": "x"}"#
                for (method, path, body, collection) in [
                    ("POST", "/api/v1/invites", #"{"role": "{}"}"#, "roles"),
                    ("PUT", "/api/v1/members/\(me)/role", #"{"role": "{}"}"#, "roles"),
                    ("PUT", "/api/v1/org-chart/\(me)", #"{"manager": "{}"}"#, "members"),
                    ("POST", "/api/v1/workspace/transfer", #"{"member": "{}"}"#, "members"),
                    (
                        "POST", "/api/v1/keys", #"{"name": "k", "permissions": [], "service_account": "{}"}"#,
                        "service-accounts"
                    ),
                    ("POST", "/api/v1/jobs", #"{\#(job), "needs": ["{}"]}"#, "jobs"),
                    (
                        "POST", "/api/v1/jobs/bulk",
                        #"{"kind": "count-words", "items": [{"input": {"text": "x"}, "needs": ["{}"]}]}"#, "jobs"
                    ),
                    ("GET", "/api/v1/jobs?batch={}", nil, "batch"),
                    ("GET", "/api/v1/live?stream=job:{}", nil, "jobs"),
                ] as [(String, String, String?, String)] {
                    probes.append(Probe(method: method, path: path, body: body, id: try #require(ids[collection])))
                }
                for probe in probes {
                    let kind = probe.id.split(separator: "_")[0]
                    let foreign = try await Self.answer(to: probe, naming: probe.id, from: thief)
                    let nobodys = try await Self.answer(to: probe, naming: "\(kind)_\(Self.absent)", from: thief)
                    #expect(foreign == nobodys, "\(probe.method) \(probe.path)")
                    let isList = probe.path.contains("?batch=")
                    #expect(isList == foreign.hasPrefix("200"), "\(probe.method) \(probe.path): \(foreign)")
                    #expect(!isList || foreign.contains(#""items":[]"#), "\(foreign)")
                }

                // A position in another workspace's list, and its key of a submission.
                let page = try await victim.send("GET", "/api/v1/jobs?limit=1").text("next")
                let jump = try await thief.send("GET", "/api/v1/jobs?limit=1&after=\(page)")
                #expect(jump.status == 422, "\(jump.status) \(jump.all)")
                let headers = ["Content-Type": "application/json", "Idempotency-Key": "same"]
                let (first, second) = (
                    try await victim.send("POST", "/api/v1/jobs", headers: headers, body: Data("{\(job)}".utf8)),
                    try await thief.send("POST", "/api/v1/jobs", headers: headers, body: Data("{\(job)}".utf8))
                )
                #expect(try first.text("id") != second.text("id"))

                // It is all still there.
                #expect(try await victim.send("GET", "/api/v1/jobs/\(ids["jobs"] ?? "")").text("state") == "ready")
                for collection in ["projects", "roles", "webhooks", "members"] {
                    let kept = try await victim.send("GET", "/api/v1/\(collection)/\(ids[collection] ?? "")")
                    #expect(kept.status == 200, "\(collection): \(kept.all)")
                }
            }
        }

        @Test("an export is a job whose files only those read who may export, and no secret is in them")
        func export() async throws {
            try await Installation.with(Self.limits) { installation in
                try Exec.install(in: installation.folder)
                let (_, api) = try await installation.server()
                let owner = try await installation.owner(at: api.url)
                let acme = owner.in(try await Self.workspace("Acme", owner))
                let role = try await Accounts.role("editor", acme)
                let invited = try await acme.send("POST", "/api/v1/invites", #"{"role": "\#(role)"}"#)
                let editor = try await Accounts.guest(
                    of: try invited.text("token"), installation, at: api.url
                ).in(try #require(acme.workspace))
                let key = try await acme.send("POST", "/api/v1/keys", #"{"name": "k", "permissions": ["jobs:read"]}"#)
                let hook = try await acme.send(
                    "POST", "/api/v1/webhooks", #"{"url": "https://example.com/hook", "events": ["*"]}"#)
                let secrets = [try key.text("secret"), try hook.text("secret"), try invited.text("token")]

                // Whoever may not export may not by another way either.
                for (path, body) in [
                    ("/workspace/export", nil), ("/jobs", #"{"kind": "export-workspace", "input": {}}"#),
                    ("/jobs/bulk", #"{"kind": "export-workspace", "items": [{"input": {}}]}"#),
                    ("/batch", #"{"kind": "export-workspace", "items": [{}]}"#),
                ] as [(String, String?)] {
                    let refused = try await editor.send("POST", "/api/v1\(path)", body)
                    #expect(refused.status == 403, "\(path): \(refused.status) \(refused.all)")
                }
                let planned = try await editor.send(
                    "PUT", "/api/v1/schedules/nightly", #"{"kind": "export-workspace", "cron": "@daily", "input": {}}"#)
                #expect(planned.status == 403, "\(planned.status) \(planned.all)")

                let id = try await acme.send("POST", "/api/v1/workspace/export").text("id")
                let job = try await eventually("the export ends", within: .seconds(60)) { () -> API.JobDocument? in
                    let job = try await acme.send("GET", "/api/v1/jobs/\(id)").decode(API.JobDocument.self)
                    return ["succeeded", "failed"].contains(job.state) ? job : nil
                }
                #expect(job.state == "succeeded", "\(job)")
                let files = (job.artifacts ?? []).map(\.name)
                #expect(Set(files).isSuperset(of: ["members.jsonl", "roles.jsonl", "audit.jsonl"]), "\(files)")
                for file in files {
                    let mine = try await acme.send("GET", "/api/v1/jobs/\(id)/artifacts/\(file)")
                    #expect(mine.status == 200)
                    for secret in secrets { #expect(!mine.all.contains(secret), "\(file)") }
                    for line in mine.all.split(separator: "\n") {
                        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
                    }
                    if file == "members.jsonl" { #expect(mine.all.contains("guest@example.com")) }
                    let theirs = try await editor.send("GET", "/api/v1/jobs/\(id)/artifacts/\(file)")
                    #expect(theirs.status == 403, "\(file): \(theirs.status)")
                }
            }
        }

        private static func workspace(_ name: String, _ owner: Visitor) async throws -> String {
            let id = try await owner.send("POST", "/api/v1/workspaces", #"{"name": "\#(name)"}"#).text("id")
            _ = try await owner.send("PUT", "/api/v1/operator/workspaces/\(id)/plan", #"{"plan": "enterprise"}"#)
            return id
        }

        /// Makes one of everything that has an id; the ids by where they are found.
        private static func everything(in victim: Visitor, _ installation: Installation) async throws -> [String:
            String]
        {
            var ids: [String: String] = [:]
            for (collection, path, body, member) in [
                ("jobs", "jobs", #"{"kind": "count-words", "input": {"text": "x"}}"#, "id"),
                ("batch", "batch", #"{"kind": "count-words", "items": [{"text": "x"}]}"#, "id"),
                ("keys", "keys", #"{"name": "k", "permissions": ["jobs:read"]}"#, "id"),
                ("projects", "projects", #"{"name": "p"}"#, "id"),
                ("roles", "roles", #"{"name": "r", "rank": 300, "permissions": ["jobs:read"]}"#, "id"),
                ("service-accounts", "service-accounts", #"{"name": "s"}"#, "id"),
                ("webhooks", "webhooks", #"{"url": "https://example.com/hook", "events": ["*"]}"#, "id"),
                ("workers", "workers", #"{"name": "w", "kinds": [{"name": "outside"}]}"#, "id"),
            ] {
                let made = try await victim.send("POST", "/api/v1/\(path)", body)
                guard (200...202).contains(made.status) else { throw NeverHappened("\(path): \(made.all)") }
                ids[collection] = try made.text(member)
            }
            let viewer = try await Accounts.role("viewer", victim)
            let invite = try await victim.send("POST", "/api/v1/invites", #"{"role": "\#(viewer)"}"#)
            ids["invites"] = try invite.text("id")
            let guest = try await Accounts.guest(of: try invite.text("token"), installation, at: victim.url)
            ids["members"] = try await guest.send("GET", "/api/v1/account").text("id")
            ids["org-chart"] = ids["members"]
            let open = try await victim.send("POST", "/api/v1/invites", #"{"role": "\#(viewer)"}"#)
            ids["invites"] = try open.text("id")
            return ids
        }

        private static func paths(of visitor: Visitor) async throws -> [(method: String, path: String)] {
            let reply = try await visitor.send("GET", "/api/v1/openapi.json")
            let document = try JSONSerialization.jsonObject(with: reply.body) as? [String: Any]
            let paths = try #require(document?["paths"] as? [String: [String: Any]])
            return paths.flatMap { path, operations in operations.keys.map { ($0.uppercased(), path) } }
                .filter { $0.1.contains("{") && !$0.1.contains("/operator/") }.sorted { $0.1 < $1.1 }
        }

        /// An answer without what names the request or the thing.
        private static func answer(to probe: Probe, naming id: String, from visitor: Visitor) async throws -> String {
            let reply = try await visitor.send(
                probe.method, probe.path.replacing("{}", with: id), probe.body?.replacing("{}", with: id))
            let body = reply.all.replacing(id, with: "ID").replacing(/"instance":"[^"]*"/, with: "")
            return "\(reply.status) \(body)"
        }
    }
}
