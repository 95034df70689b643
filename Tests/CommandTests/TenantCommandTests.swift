import ArgumentParser
import Foundation
import Model
import Testing

@testable import suisha

@Suite("Workspaces, people, roles, keys and the audit log on the command line (B2-B5, C2, G7)")
struct TenantCommandTests {
    private static let acme = "ws_0123456789abcdef0123456789abcdef"
    private static let ann = "user_0123456789abcdef0123456789abcdef"
    private static let workspace = """
        {"id":"\(acme)","slug":"acme","name":"Acme Corporation","state":"active","plan":"free",\
        "created_at":"2026-03-01T00:00:00.000Z","updated_at":"2026-03-01T00:00:00.000Z"}
        """
    private static let member = """
        {"user":"\(ann)","name":"Ann","email":"ann@example.com","role":"role_2","role_name":"editor",\
        "joined_at":"2026-03-01T00:00:00.000Z"}
        """
    private static let role =
        #"{"id":"role_2","name":"editor","rank":400,"built_in":"editor","permissions":["jobs:read","jobs:write"]}"#
    private static let key = """
        {"id":"key_1","name":"robot","prefix":"suisha_k_abcdefghijkl","owner":"\(ann)","permissions":["jobs:read"],\
        "created_at":"2026-03-01T00:00:00.000Z","secret":"suisha_k_abcdefghijkl_x"}
        """
    private static let invite = """
        {"id":"inv_1","email":"ben@example.com","role":"role_2","created_by":"\(ann)",\
        "created_at":"2026-03-01T00:00:00.000Z","expires_at":"2026-03-08T00:00:00.000Z"}
        """
    private static let account =
        #"{"id":"service_1","name":"importer","created_at":"2026-03-01T00:00:00.000Z"}"#
    private static let entry = """
        {"seq":1,"at":"2026-03-01T00:00:00.000Z","actor":"server","action":"workspace.created","outcome":"done",\
        "detail":{},"hash":"a","previous_hash":"b","workspace":"\(acme)"}
        """

    /// A server with one of everything.
    private static func answer(_ request: ScriptedServer.Request) -> ScriptedServer.Reply {
        func items(_ item: String) -> String { #"{"items":[\#(item)]}"# }
        let path = request.uri.split(separator: "?").first.map(String.init) ?? ""
        return switch (request.method, path) {
        case ("GET", "/api/v1/workspaces"): .init(body: items(#"{"workspace":\#(workspace),"role":"owner"}"#))
        case (_, "/api/v1/workspaces"), (_, "/api/v1/workspace"), (_, "/api/v1/workspace/restore"):
            .init(body: workspace)
        case ("GET", "/api/v1/members"): .init(body: items(member))
        case ("PUT", "/api/v1/members/\(ann)/role"): .init(body: member)
        case ("GET", "/api/v1/roles"): .init(body: items(role))
        case (_, "/api/v1/roles"), ("PUT", "/api/v1/roles/role_2"): .init(body: role)
        case ("GET", "/api/v1/keys"): .init(body: items(key))
        case (_, "/api/v1/keys"): .init(body: key)
        case ("GET", "/api/v1/invites"): .init(body: items(invite))
        case ("POST", "/api/v1/invites/accept"): .init(body: workspace)
        case ("POST", "/api/v1/workspace/transfer"), ("POST", "/api/v1/workspace/leave"):
            .init(status: 204, headers: [])
        case ("GET", "/api/v1/service-accounts"): .init(body: items(account))
        case (_, "/api/v1/service-accounts"): .init(body: account)
        case (_, "/api/v1/operator/signing-keys/rotate"): .init(body: #"{"kid":"k2"}"#)
        case ("POST", "/api/v1/invites"):
            .init(body: #"{"id":"inv_1","role":"role_2","expires_at":"2026-03-08T00:00:00.000Z","token":"t1"}"#)
        case (_, "/api/v1/audit"): .init(body: items(entry))
        case (_, "/api/v1/audit/verify"): .init(body: #"{"entries":3,"hash":"ab","workspace":"\#(acme)"}"#)
        case (_, "/api/v1/audit/export"): .init(body: entry + "\n")
        case (_, "/api/v1/usage"):
            .init(body: items(#"{"period":"2026-03-01","meter":"processing_ms","quantity":90000,"events":2}"#))
        case (_, "/api/v1/quotas"):
            .init(body: items(#"{"meter":"storage_bytes","period":"","used":1536,"reserved":0,"cap":1073741824}"#))
        case ("DELETE", _): .init(status: 204, headers: [])
        default: .init(status: 404, body: #"{"detail":"There is no such thing."}"#)
        }
    }

    @discardableResult
    private func run(_ arguments: [String]) async throws -> [ScriptedServer.Request] {
        try await ScriptedServer.with { request, _ in
            Self.answer(request)
        } _: { server, root in
            let words = arguments + ["--server", root, "--http-token-file", "/nonexistent"]
            var command = try #require(try SuishaCommand.parseAsRoot(words) as? any AsyncParsableCommand)
            try await command.run()
            return server.received
        }
    }

    /// A command, the calls that it makes, and the body of the last one.
    struct Call: Sendable {
        let command: String
        let calls: [String]
        var body = ""
        /// Those that only text for people needs, after the others.
        var textCalls: [String] = []
    }

    private static let workspaceCalls: [Call] = [
        Call(command: "workspace list", calls: ["GET /api/v1/workspaces"]),
        Call(command: "workspace", calls: ["GET /api/v1/workspaces"]),
        Call(
            command: "workspace create Acme --short-name acme", calls: ["POST /api/v1/workspaces"],
            body: #"{"name":"Acme","slug":"acme"}"#),
        Call(command: "workspace show", calls: ["GET /api/v1/workspace"]),
        Call(command: "workspace show acme", calls: ["GET /api/v1/workspaces", "GET /api/v1/workspace"]),
        Call(command: "workspace show \(acme)", calls: ["GET /api/v1/workspace"]),
        Call(command: "workspace rename B", calls: ["PUT /api/v1/workspace"], body: #"{"name":"B"}"#),
        Call(command: "workspace delete acme", calls: ["GET /api/v1/workspaces", "DELETE /api/v1/workspace"]),
        Call(command: "workspace restore \(acme)", calls: ["POST /api/v1/workspace/restore"]),
        Call(
            command: "workspace transfer ann@example.com",
            calls: ["GET /api/v1/members?limit=100", "POST /api/v1/workspace/transfer"], body: #"{"member":"\#(ann)"}"#),
        Call(command: "workspace leave acme", calls: ["GET /api/v1/workspaces", "POST /api/v1/workspace/leave"]),
        Call(command: "workspace leave \(acme)", calls: ["POST /api/v1/workspace/leave"]),
        Call(command: "quota", calls: ["GET /api/v1/quotas"]),
        Call(
            command: "usage --by month --from 2026-01 --through 2026-03 --meter jobs",
            calls: ["GET /api/v1/usage?by=month&from=2026-01&meter=jobs&through=2026-03"]),
    ]

    private static let peopleCalls: [Call] = [
        Call(command: "member list", calls: ["GET /api/v1/members?limit=100"]),
        Call(
            command: "member invite ann@example.com --role Editor --expires 2d",
            calls: ["GET /api/v1/roles", "POST /api/v1/invites"],
            body: #"{"email":"ann@example.com","expires_in":172800,"role":"role_2"}"#),
        Call(
            command: "member invite --role role_2", calls: ["GET /api/v1/roles", "POST /api/v1/invites"],
            body: #"{"role":"role_2"}"#),
        Call(
            command: "member invites", calls: ["GET /api/v1/invites?limit=100"], textCalls: ["GET /api/v1/roles"]),
        Call(
            command: "member uninvite Ben@example.com",
            calls: ["GET /api/v1/invites?limit=100", "DELETE /api/v1/invites/inv_1"]),
        Call(command: "member accept t1", calls: ["POST /api/v1/invites/accept"], body: #"{"token":"t1"}"#),
        Call(
            command: "member role ann@example.com editor",
            calls: ["GET /api/v1/roles", "GET /api/v1/members?limit=100", "PUT /api/v1/members/\(ann)/role"],
            body: #"{"role":"role_2"}"#),
        Call(
            command: "member remove Ann@Example.com",
            calls: ["GET /api/v1/members?limit=100", "DELETE /api/v1/members/\(ann)"]),
        Call(command: "role list", calls: ["GET /api/v1/roles"]),
        Call(
            command: "role create runner --rank 300 --allow jobs:read,jobs:write,jobs:read",
            calls: ["POST /api/v1/roles"],
            body: #"{"name":"runner","permissions":["jobs:read","jobs:write"],"rank":300}"#),
        Call(
            command: "role edit editor --rank 10", calls: ["GET /api/v1/roles", "PUT /api/v1/roles/role_2"],
            body: #"{"name":"editor","permissions":["jobs:read","jobs:write"],"rank":10}"#),
        Call(command: "role delete editor", calls: ["GET /api/v1/roles", "DELETE /api/v1/roles/role_2"]),
        Call(command: "key list", calls: ["GET /api/v1/keys"]),
        Call(
            command: "key create robot --allow jobs:read --expires 1d", calls: ["POST /api/v1/keys"],
            body: #"{"expires_in":86400,"name":"robot","permissions":["jobs:read"]}"#),
        Call(
            command: "key revoke suisha_k_abcdefghijkl", calls: ["GET /api/v1/keys", "DELETE /api/v1/keys/key_1"]),
        Call(command: "key rotate-signing", calls: ["POST /api/v1/operator/signing-keys/rotate"]),
        Call(command: "key service-accounts", calls: ["GET /api/v1/service-accounts"]),
        Call(
            command: "key service-accounts create importer", calls: ["POST /api/v1/service-accounts"],
            body: #"{"name":"importer"}"#),
        Call(
            command: "key service-accounts disable Importer",
            calls: ["GET /api/v1/service-accounts", "DELETE /api/v1/service-accounts/service_1"]),
        Call(
            command: "key create robot --allow jobs:read --service-account importer",
            calls: ["GET /api/v1/service-accounts", "POST /api/v1/keys"],
            body: #"{"name":"robot","permissions":["jobs:read"],"service_account":"service_1"}"#),
    ]

    private static let auditCalls: [Call] = [
        Call(
            command: "audit list --outcome refused --from 2026-03-01 --limit 5",
            calls: ["GET /api/v1/audit?from=2026-03-01T00:00:00.000Z&limit=5&outcome=refused"]),
        Call(command: "audit export --format csv", calls: ["GET /api/v1/audit/export?format=csv"]),
        Call(command: "audit verify", calls: ["GET /api/v1/audit/verify"]),
    ]

    @Test("each command makes its calls", arguments: [workspaceCalls, peopleCalls, auditCalls].flatMap(\.self))
    func calls(call: Call) async throws {
        let words = call.command.split(separator: " ").map(String.init)
        for arguments in [words, words + ["--json"]] {
            let sent = try await run(arguments)
            let textCalls = arguments.last == "--json" ? [] : call.textCalls
            #expect(sent.map { "\($0.method) \($0.uri)" } == call.calls + textCalls)
            #expect(String(decoding: sent.last?.body ?? [], as: UTF8.self) == call.body)
        }
    }

    @Test("every command acts in the workspace that is named, also those of jobs and queues")
    func workspaceHeader() async throws {
        for command in ["member list", "key list", "audit list"] {
            let words = command.split(separator: " ").map(String.init)
            let byID = try await run(words + ["--workspace", Self.acme])
            #expect(byID.map { $0.headers["x-workspace"] } == [Self.acme])
            let byName = try await run(words + ["--workspace", "ACME corporation"])
            #expect(byName.map { $0.headers["x-workspace"] } == [nil, Self.acme])
        }
        // Making one needs none.
        let made = try await run(["workspace", "create", "B", "--workspace", Self.acme])
        #expect(made.map { $0.headers["x-workspace"] } == [nil])
    }

    @Test(
        "a mistyped name is answered with the one that was meant",
        arguments: [
            ("workspace show acne", "There is no workspace 'acne'. Did you mean 'acme'?"),
            ("member remove ann@exampel.com", "There is no member 'ann@exampel.com'. Did you mean 'ann@example.com'?"),
            ("member invite --role editr", "There is no role 'editr'. Did you mean 'editor'?"),
            ("key revoke robt", "There is no key 'robt'. Did you mean 'robot'?"),
            (
                "member uninvite bem@example.com",
                "There is no open invitation 'bem@example.com'. Did you mean 'ben@example.com'?"
            ),
            (
                "key service-accounts disable zzzzzzzzz",
                "There is no service account 'zzzzzzzzz'. 'suisha key service-accounts' shows them."
            ),
            ("role delete zzzzzzzzz", "There is no role 'zzzzzzzzz'. 'suisha role list' shows them."),
        ])
    func suggestions(command: String, sentence: String) async throws {
        try await ScriptedServer.with { request, _ in
            Self.answer(request)
        } _: { _, root in
            let words = command.split(separator: " ").map(String.init)
            let failure = await #expect(throws: CommandFailure.self) {
                try await ServerClient.with(.server(root), token: nil) { client in
                    switch words[0] {
                    case "workspace": _ = try await client.workspaceID(words[2])
                    case "member" where words[1] == "remove": _ = try await client.member(words[2])
                    case "member" where words[1] == "uninvite": _ = try await client.invite(words[2])
                    case "key" where words[1] == "service-accounts": _ = try await client.serviceAccount(words[3])
                    case "key": _ = try await client.key(words[2])
                    default: _ = try await client.role(words.last ?? "")
                    }
                }
            }
            #expect(failure?.description == sentence)
        }
    }

    @Test("what is named is looked for on every page of a list")
    func pages() async throws {
        try await ScriptedServer.with { request, _ in
            request.uri.contains("after=p2")
                ? .init(body: #"{"items":[\#(Self.account)]}"#) : .init(body: #"{"items":[],"next":"p2"}"#)
        } _: { server, root in
            let found = try await ServerClient.with(.server(root), token: nil) { client in
                try await client.serviceAccount("importer")
            }
            #expect(found.id == "service_1")
            #expect(server.received.map(\.uri) == ["", "?after=p2"].map { "/api/v1/service-accounts\($0)" })
        }
    }

    @Test("an invitation goes to the server that made it, and to no other")
    func invitationLinks() throws {
        let server = URL.server("https://suisha.example.com:443/")
        for text in ["t1", " t1\n", "https://suisha.example.com/invite?token=t1"] {
            #expect(try InviteLink(text).token(for: server).revealed == "t1")
        }
        let under = try InviteLink("http://example.com:8080/jobs/invite?token=t1")
        #expect(try under.token(for: .server("http://example.com:8080/jobs")).revealed == "t1")
        let failure = #expect(throws: CommandFailure.self) { try under.token(for: server) }
        #expect(failure?.description.hasSuffix("Add --server http://example.com:8080/jobs.") == true)
        for text in ["", "https://suisha.example.com/invite", "https://suisha.example.com/invite?token=", "/invite"] {
            #expect(throws: CommandFailure.self) { try InviteLink(text) }
        }
    }

    @Test("permissions are checked before anything is sent")
    func permissions() throws {
        #expect(try PermissionArgument.names(in: "jobs:read, audit:read") == ["jobs:read", "audit:read"])
        let failure = #expect(throws: CommandFailure.self) { try PermissionArgument.names(in: "job:read") }
        #expect(failure?.description == "There is no permission 'job:read'. Did you mean 'jobs:read'?")
        // What no role can hold is no choice.
        #expect(throws: CommandFailure.self) { try PermissionArgument.names(in: "server:operate") }
    }

    @Test("a broken chain ends with exit status 1, and a refusal of a right with 77")
    func statuses() async throws {
        for (command, reply, exit) in [
            (
                "audit verify",
                ScriptedServer.Reply(
                    body: #"{"entries":3,"hash":"ab","problem":"Entry 2 was changed.","workspace":"w"}"#),
                Int32(1)
            ),
            ("member list", .init(status: 403, body: #"{"detail":"This needs the permission members:read."}"#), 77),
        ] {
            let error = await #expect(throws: ExitCode.self) {
                try await ScriptedServer.with { _, _ in
                    reply
                } _: { _, root in
                    let flags = ["--server", root, "--http-token-file", "/x"]
                    let words = command.split(separator: " ").map { String($0) } + flags
                    var parsed = try #require(
                        try SuishaCommand.parseAsRoot(words) as? any AsyncParsableCommand)
                    try await parsed.run()
                }
            }
            #expect(error?.rawValue == exit)
        }
    }

    @Test("what may not be read is left out of an export and named, and too many calls are waited for")
    func export() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "export-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await ScriptedServer.with { request, number in
            if number == 2 {
                return .init(status: 429, headers: [("Retry-After", "0")], body: #"{"detail":"Too many."}"#)
            }
            if request.uri.hasPrefix("/api/v1/audit") { return .init(status: 403, body: #"{"detail":"No."}"#) }
            if request.uri.hasPrefix("/api/v1/documents/") { return .init(body: #"{"a":1}"#) }
            if request.uri.hasPrefix("/api/v1/documents") { return .init(body: #"{"items":[{"name":"a/b"}]}"#) }
            let reply = Self.answer(request)
            return reply.status == 404 ? .init(body: #"{"items":[]}"#) : reply
        } _: { _, root in
            let result = try await ServerClient.with(.server(root), token: nil) { client in
                try await WorkspaceArchive(client: client, folder: folder).write(withFiles: true)
            }
            #expect(result.left == ["audit.jsonl"])
            func text(_ name: String) throws -> String {
                try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            }
            #expect(try text("members.jsonl").contains("ann@example.com"))
            #expect(try text("documents.jsonl") == #"{"content":{"a":1},"entry":{"name":"a/b"}}"# + "\n")
            #expect(try text("workspace.json").contains("Acme"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == result.files)
            // Nothing that is there is written over.
            await #expect(throws: CommandFailure.self) {
                try await ServerClient.with(.server(root), token: nil) { client in
                    try await WorkspaceArchive(client: client, folder: folder).write(withFiles: false)
                }
            }
        }
    }

    @Test("tables say what matters, in the units of people")
    func tables() throws {
        let quotas = try JSONDecoder().decode(
            [QuotaDocument].self,
            from: Data(#"[{"meter":"storage_bytes","period":"","used":1536,"reserved":0,"cap":1073741824}]"#.utf8))
        #expect(
            TenantText.table(quotas) == """
                METER          PERIOD  USED     SET ASIDE  BOUND
                storage_bytes  -       1.5 KiB  0 bytes    1.0 GiB

                """)
        #expect(TenantText.quantity(90_000, of: "processing_ms") == "1m30s")
        let memberships = try JSONDecoder().decode(
            [MembershipDocument].self, from: Data(#"[{"workspace":\#(Self.workspace),"role":"owner"}]"#.utf8))
        #expect(TenantText.table(memberships, current: Self.acme).contains("*  acme        Acme Corporation  owner"))
        #expect(TenantText.page(memberships[0].workspace).contains("short name  acme\n"))
    }
}
