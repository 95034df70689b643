import Conformance
import Endpoints
import Foundation
import Model
import Storage
import Tenancy
import Testing

@Suite("Declared operations of tenants (C1, B3)")
struct TenancyEndpointTests {
    @Test("every operation has a name and a route of its own, and every schema that it names is there")
    func declarations() async throws {
        try await TenantTrial.run(.sqlite) { trial in
            let endpoints = try TenantAPI(trial).endpoints
            #expect(Set(endpoints.map(\.id)).count == endpoints.count)
            #expect(Set(endpoints.map { "\($0.method.rawValue) \($0.path)" }).count == endpoints.count)
            for endpoint in endpoints {
                #expect(endpoint.access != .open, "\(endpoint.id)")
                #expect(!endpoint.answers.isEmpty, "\(endpoint.id)")
                for schema in endpoint.schemas {
                    let missing = schema.names.filter { TenancySchemas.all[$0] == nil }
                    #expect(missing.isEmpty, "\(endpoint.id): \(missing)")
                }
                let inPath = endpoint.path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
                    $0.dropFirst().dropLast()
                }
                let declared = endpoint.parameters.filter { $0.place == .path }.map(\.name)
                #expect(Set(inPath.map(String.init)) == Set(declared), "\(endpoint.id)")
            }
            for (name, schema) in TenancySchemas.all {
                #expect(schema.names.allSatisfy { TenancySchemas.all[$0] != nil }, "\(name)")
            }
        }
    }

    @Test("a company from its first day to its last", arguments: DatabaseFixture.all)
    func course(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let api = try TenantAPI(trial)
            let (ann, bob) = (UserID(), UserID())
            let made = try await api.call(
                "createWorkspace", as: .person(ann), json: #"{"name":"Works","slug":"works"}"#)
            let workspace: WorkspaceID = try #require(WorkspaceID(made.text("id")))
            _ = try await trial.workspaces.setPlan("starter", of: workspace, by: Caller(.local))
            let boss = TenantAPI.Caller.member(ann, of: workspace)
            #expect(try await api.call("listWorkspaces", as: boss).items.count == 1)
            let role = try await api.call(
                "createRole", as: boss, json: #"{"name":"Reader","permissions":["jobs:read"],"rank":5}"#)
            let invite = try await api.call(
                "createInvite", as: boss, json: #"{"role":"\#(role.text("id"))","expires_in":3600}"#)
            #expect(try await !api.call("listInvites", as: boss).items.isEmpty)
            #expect(try await api.call("listInvites", as: boss).items[0]["token"] == nil, "shown once")
            let letter = try await api.call(
                "createInvite", as: boss, json: #"{"email":"c@example.com","role":"\#(role.text("id"))"}"#)
            #expect(letter.object["token"] == nil && trial.post.invites.count == 1, "its secret is in its letter")
            _ = try await api.call("acceptInvite", as: .person(bob), json: #"{"token":"\#(invite.text("token"))"}"#)
            let member = TenantAPI.Caller.member(bob, of: workspace)
            let rights = try await api.call("getPermissions", as: boss).object
            #expect((rights["permissions"] as? [String])?.contains("roles:write") == true)
            await expectProblem(.forbidden) { _ = try await api.call("listAudit", as: member) }
            let editor = try await trial.roles.roles(in: workspace).first { $0.name == "editor" }?.id
            _ = try await api.call(
                "setMemberRole", as: boss, path: ["id": bob.description], json: #"{"role":"\#(try #require(editor))"}"#)
            let project = try await api.call("createProject", as: member, json: #"{"name":"Site"}"#)
            #expect(project.status == 201)
            #expect(try await api.call("listMembers", as: member).items.count == 2)
            _ = try await api.call(
                "setOrgChartPlace", as: boss, path: ["id": bob.description],
                json: #"{"title":"Dev","manager":"\#(ann)"}"#)
            #expect(try await api.call("getOrgChart", as: member).items.map { $0["depth"] as? Int } == [0, 1])
            #expect(try await api.call("getQuotas", as: boss).items.count == Meter.allCases.count)
            #expect(try await api.call("getUsage", as: boss).items.isEmpty)
            let verified = try await api.call("verifyAudit", as: boss).object
            #expect(verified["problem"] == nil && (verified["entries"] as? Int ?? 0) >= 8)
            _ = try await api.call("leaveWorkspace", as: member)
            await expectProblem(.conflict) { _ = try await api.call("leaveWorkspace", as: boss) }
            #expect(try await api.call("deleteWorkspace", as: boss).text("state") == "deleting")
            await expectProblem(.forbidden) { _ = try await api.call("listMembers", as: boss) }
            #expect(try await api.call("restoreWorkspace", as: boss).text("state") == "active")
        }
    }

    @Test("whatever belongs to another workspace is as absent as what never was", arguments: DatabaseFixture.all)
    func foreignIDs(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let api = try TenantAPI(trial)
            let (mine, theirs) = (try await trial.company("Mine"), try await trial.company("Theirs"))
            let boss = TenantAPI.Caller.member(theirs.owner, of: theirs.id)
            let ids = try await api.things(of: theirs)
            let stranger = TenantAPI.Caller.member(mine.owner, of: mine.id)
            let role = try await mine.role("viewer").id
            let bodies: [String: String] = [
                "updateRole": #"{"name":"X","permissions":[],"rank":1}"#, "setMemberRole": #"{"role":"\#(role)"}"#,
                "setOrgChartPlace": "{}", "updateProject": #"{"name":"X"}"#, "putDocument": "{}",
                "updateWebhook": #"{"url":"https://evil.example/","events":["*"],"enabled":true}"#,
            ]
            var checked = 0
            for endpoint in api.endpoints where endpoint.access != .needs(.operate) {
                let names = endpoint.parameters.filter { $0.place == .path }.map(\.name)
                guard !names.isEmpty, endpoint.id != "putDocument" else { continue }
                let kind = try #require(ids.keys.first { endpoint.path.contains("/\($0)/") }, "\(endpoint.path)")
                for absent in [false, true] {
                    var path = [names[0]: absent ? api.never(kind) : try #require(ids[kind])]
                    if names.count > 1 { path[names[1]] = absent ? WebhookDeliveryID().description : ids["deliveries"] }
                    await expectProblem(.notFound, "\(endpoint.id), absent: \(absent)") {
                        _ = try await api.call(endpoint.id, as: stranger, path: path, json: bodies[endpoint.id])
                    }
                }
                checked += 1
            }
            #expect(checked >= 18)
            // Nothing of it has changed.
            #expect(
                try await api.call("getProject", as: boss, path: ["id": try #require(ids["projects"])]).status == 200)
            #expect(try await api.call("listMembers", as: boss).items.count == 2)
            for list in ["listRoles", "listMembers", "listInvites", "listProjects", "listDocuments", "listWebhooks"] {
                let text = try await api.call(list, as: stranger).body
                for id in ids.values { #expect(!text.contains(id), "\(list)") }
            }
        }
    }

    @Test(
        "ids of another workspace in bodies and queries are as absent as what never was", arguments: DatabaseFixture.all
    )
    func foreignBodies(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let api = try TenantAPI(trial)
            let (mine, theirs) = (try await trial.company("Mine"), try await trial.company("Theirs"))
            let ids = try await api.things(of: theirs)
            let boss = TenantAPI.Caller.member(mine.owner, of: mine.id)
            let member = try await mine.join("editor").description
            func refusal(_ operation: String, path: [String: String] = [:], json: String) async throws -> String {
                do {
                    let answer = try await api.call(operation, as: boss, path: path, json: json)
                    return "\(answer.status) \(answer.body)"
                } catch let problem as Problem {
                    return problem.kind.name
                }
            }
            let foreign = (role: try #require(ids["roles"]), member: try #require(ids["members"]))
            for (role, user) in [foreign, (RoleID().description, UserID().description)] {
                let refusals = try await [
                    refusal("createInvite", json: #"{"role":"\#(role)"}"#),
                    refusal("setMemberRole", path: ["id": member], json: #"{"role":"\#(role)"}"#),
                    refusal("transferWorkspace", json: #"{"member":"\#(user)"}"#),
                ]
                #expect(refusals == ["not-found", "not-found", "not-found"])
                let chart = try await refusal(
                    "setOrgChartPlace", path: ["id": member], json: #"{"manager":"\#(user)"}"#)
                #expect(["not-found", "unprocessable"].contains(chart), "\(chart)")
            }
            for (list, query) in [
                ("listAudit", ["actor": theirs.owner.description]), ("listAudit", ["target": foreign.member]),
            ] {
                let answer = try await api.call(list, as: boss, query: query)
                #expect(answer.items.isEmpty, "\(list) \(query)")
            }
            let kept = try await trial.members.members(of: theirs.id).map(\.user)
            #expect(Set(kept) == [theirs.owner, try #require(UserID(foreign.member))])
        }
    }

    @Test("bodies cannot set what is not theirs to set, and wrong ones are refused")
    func bodies() async throws {
        try await TenantTrial.run(.sqlite) { trial in
            let api = try TenantAPI(trial)
            let company = try await trial.company()
            let boss = TenantAPI.Caller.member(company.owner, of: company.id)
            for (operation, json) in [
                ("createWorkspace", #"{"name":"A","plan":"enterprise"}"#),
                ("createWorkspace", #"{"name":"A","id":"ws_00000000000070008000000000000001"}"#),
                ("createWorkspace", #"{"name":"A","owner":"\#(UserID())"}"#),
                ("renameWorkspace", #"{"name":"A","state":"active"}"#),
                ("createProject", #"{"name":"A","workspace_id":"\#(WorkspaceID())"}"#),
                ("createRole", #"{"name":"A","permissions":[],"rank":1,"built_in":"owner"}"#),
                ("createRole", #"{"name":"A","permissions":["server:operate"],"rank":1}"#),
                ("createRole", #"{"name":"A","permissions":[],"rank":1000}"#),
                ("createRole", #"{"name":"A","permissions":[],"rank":1,"rank":999}"#),
                ("createInvite", #"{"role":"owner"}"#), ("createProject", #"{"name":""}"#),
                ("createProject", #"{"name":"a\nb"}"#), ("createProject", "[]"), ("createProject", "{}"),
                ("createWebhook", #"{"url":"https://example.com/","events":[]}"#),
            ] {
                await #expect(throws: Problem.self, "\(operation) \(json)") {
                    _ = try await api.call(operation, as: boss, json: json)
                }
            }
            let member = TenantAPI.Caller.member(try await company.join("admin"), of: company.id)
            for operation in ["suspendWorkspace", "resumeWorkspace", "setPlan"] {
                for caller in [boss, member] {
                    await expectProblem(.forbidden) {
                        _ = try await api.call(
                            operation, as: caller, path: ["id": company.id.description],
                            json: #"{"reason":"x","plan":"enterprise"}"#)
                    }
                }
            }
        }
    }

    @Test("lists come in pages that belong to their list alone", arguments: DatabaseFixture.all)
    func pages(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let api = try TenantAPI(trial)
            let (company, other) = (try await trial.company(), try await trial.company("Other"))
            let boss = TenantAPI.Caller.member(company.owner, of: company.id)
            for number in 0..<5 { _ = try await trial.projects.create(name: "P\(number)", by: company.boss()) }
            var names: [String] = []
            var next: String?
            repeat {
                let page = try await api.call(
                    "listProjects", as: boss, query: ["limit": "2"].merging(next.map { ["after": $0] } ?? [:]) { $1 })
                names += page.items.compactMap { $0["name"] as? String }
                next = page.object["next"] as? String
                if let next, names.count == 2 {
                    for (operation, caller) in [
                        ("listMembers", boss), ("listAudit", boss),
                        ("listProjects", .member(other.owner, of: other.id)),
                    ] {
                        await expectProblem(.unprocessable, "\(operation)") {
                            _ = try await api.call(operation, as: caller, query: ["after": next])
                        }
                    }
                }
            } while next != nil
            #expect(names == ["P0", "P1", "P2", "P3", "P4"])
            var sequences: [Int] = []
            repeat {
                let page = try await api.call(
                    "listAudit", as: boss, query: ["limit": "3"].merging(next.map { ["after": $0] } ?? [:]) { $1 })
                sequences += page.items.compactMap { $0["seq"] as? Int }
                next = page.object["next"] as? String
            } while next != nil
            #expect(sequences == Array((1...(sequences.first ?? 0)).reversed()) && sequences.count >= 7)
            await expectProblem(.unprocessable) {
                _ = try await api.call("listProjects", as: boss, query: ["after": "guess"])
            }
            for query in [["limit": "0"], ["limit": "101"], ["limit": "x"]] {
                await expectProblem(.invalidRequest) { _ = try await api.call("listProjects", as: boss, query: query) }
            }
        }
    }

    @Test("documents speak the versions of HTTP", arguments: DatabaseFixture.all)
    func documents(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let api = try TenantAPI(trial)
            let company = try await trial.company()
            let boss = TenantAPI.Caller.member(company.owner, of: company.id)
            let path = ["name": "settings"]
            let made = try await api.call("putDocument", as: boss, path: path, json: #"{"a":[1,2.5,null,"ü"]}"#)
            #expect(made.status == 201)
            let tag = try #require(made.headers["ETag"])
            let read = try await api.call("getDocument", as: boss, path: path)
            #expect(read.body == #"{"a":[1,2.5,null,"ü"]}"# && read.headers["ETag"] == tag)
            #expect(
                try await api.call("getDocument", as: boss, path: path, headers: ["if-none-match": tag]).status == 304)
            await expectProblem(.preconditionRequired) {
                _ = try await api.call("putDocument", as: boss, path: path, json: "1")
            }
            for headers in [["if-match": "\"v9\""], ["if-match": "W/" + tag], ["if-none-match": "*"]] {
                await expectProblem(.preconditionFailed, "\(headers)") {
                    _ = try await api.call("putDocument", as: boss, path: path, headers: headers, json: "1")
                }
            }
            let changed = try await api.call("putDocument", as: boss, path: path, headers: ["if-match": tag], json: "1")
            #expect(changed.status == 200 && changed.headers["ETag"] != tag)
            let any = try await api.call("putDocument", as: boss, path: path, headers: ["if-match": "*"], json: "2")
            #expect(any.status == 200)
            await expectProblem(.preconditionFailed) {
                _ = try await api.call("deleteDocument", as: boss, path: path, headers: ["if-match": tag])
            }
            #expect(try await api.call("deleteDocument", as: boss, path: path).status == 204)
            await expectProblem(.notFound) { _ = try await api.call("getDocument", as: boss, path: path) }
        }
    }
}
