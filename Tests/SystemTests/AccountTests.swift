import AsyncHTTPClient
import Conformance
import Foundation
import NIOHTTP1
import Testing

extension SystemTests {
    /// People and their workspaces in processes of their own.
    @Suite("B1-B8: accounts and workspaces in a running server")
    struct Accounts {
        private static let limits = ["SUISHA_LIMITS_RATE": "sign-in=off, workspace-write=off, read=off, standard=off"]

        @Test("from the first start to a job that only its workspace sees")
        func journey() async throws {
            try await Installation.with(Self.limits) { installation in
                try Exec.install(in: installation.folder)
                let (_, api) = try await installation.server()
                let owner = try await installation.owner(at: api.url)
                let used = try await Visitor(at: api.url).send(
                    "POST", "/api/v1/account/welcome",
                    #"{"token": "x", "email": "b@example.com", "name": "B", "password": "a long enough password"}"#)
                #expect(used.status == 404)

                let created = try await owner.send("POST", "/api/v1/workspaces", #"{"name": "Acme"}"#)
                #expect(created.status == 201, "\(created.all)")
                let acme = try created.text("id")
                let inAcme = owner.in(acme)
                let role = try await Self.role("editor", inAcme)
                let invited = try await inAcme.send("POST", "/api/v1/invites", #"{"role": "\#(role)"}"#)
                #expect(invited.status == 201, "\(invited.all)")
                let guest = try await Self.guest(of: try invited.text("token"), installation, at: api.url)
                let members = try await guest.in(acme).send("GET", "/api/v1/members")
                #expect(members.status == 200 && members.all.contains("guest@example.com"), "\(members.all)")

                // An API key, and a job that it submits in its workspace.
                let key = try await inAcme.send(
                    "POST", "/api/v1/keys", #"{"name": "robot", "permissions": ["jobs:read", "jobs:write"]}"#)
                #expect(key.status == 201, "\(key.all)")
                let robot = Visitor(at: api.url, token: try key.text("secret"))
                let job = try await robot.send(
                    "POST", "/api/v1/jobs", #"{"kind": "count-words", "input": {"text": "one two"}}"#)
                #expect((200...202).contains(job.status), "\(job.all)")
                let id = try job.text("id")
                #expect(try await guest.in(acme).send("GET", "/api/v1/jobs/\(id)").status == 200)
                #expect(try await robot.send("GET", "/api/v1/members").status == 403)

                // Everybody else: another workspace, a stranger's, nobody.
                let other = try await guest.send("POST", "/api/v1/workspaces", #"{"name": "Other"}"#).text("id")
                #expect(try await guest.in(other).send("GET", "/api/v1/jobs/\(id)").status == 404)
                #expect(try await api.send("GET", "/api/v1/jobs/\(id)").status == 404)
                #expect(try await owner.in(other).send("GET", "/api/v1/jobs").status == 404)
                #expect(try await robot.in(other).send("GET", "/api/v1/jobs").status == 404)
                #expect(try await owner.in("nonsense").send("GET", "/api/v1/jobs").status == 404)
                #expect(try await Visitor(at: api.url).send("GET", "/api/v1/jobs").status == 401)

                // What happened can be checked, refusals too.
                let log = try await eventually("the refusal is in the log", within: .seconds(10)) { () -> String? in
                    let log = try await inAcme.send("GET", "/api/v1/audit?limit=100").all
                    return log.contains("refused") ? log : nil
                }
                #expect(log.contains("key.created"), "\(log)")
                let verified = try await inAcme.send("GET", "/api/v1/audit/verify")
                #expect(verified.status == 200, "\(verified.all)")

                // The end of a session is the end of its cookie.
                #expect(try await guest.send("POST", "/api/v1/account/sign-out").status == 204)
                #expect(try await guest.send("GET", "/api/v1/account").status == 401)
            }
        }

        @Test("what a member was reading ends when the member is removed")
        func removed() async throws {
            try await Installation.with(Self.limits) { installation in
                try Exec.install(in: installation.folder)
                let (_, api) = try await installation.server(roles: "api")
                let owner = try await installation.owner(at: api.url)
                let acme = try await owner.send("POST", "/api/v1/workspaces", #"{"name": "Acme"}"#).text("id")
                let inAcme = owner.in(acme)
                let role = try await Self.role("viewer", inAcme)
                let invited = try await inAcme.send("POST", "/api/v1/invites", #"{"role": "\#(role)"}"#)
                let guest = try await Self.guest(of: try invited.text("token"), installation, at: api.url).in(acme)
                let job = try await inAcme.send(
                    "POST", "/api/v1/jobs", #"{"kind": "count-words", "input": {"text": "one two"}}"#
                ).text("id")
                let reading = try await guest.open("/api/v1/jobs/\(job)/events")
                #expect(reading.status == .ok)
                let socket = try await Self.watcher(of: job, byGuest: guest, installation)
                let user = try await guest.send("GET", "/api/v1/account").text("id")
                #expect(try await inAcme.send("DELETE", "/api/v1/members/\(user)").status == 204)
                let began = ContinuousClock.now
                for try await _ in reading.body {}
                _ = try await socket.ended()
                #expect(socket.logText.hasSuffix("closed 4403\n"), "\(socket.logText)")
                #expect(ContinuousClock.now - began < .seconds(20))
                #expect(try await guest.send("GET", "/api/v1/jobs/\(job)").status == 404)
            }
        }

        @Test("a browser of another site cannot use a session, and pages work without scripts")
        func pages() async throws {
            try await Installation.with(Self.limits) { installation in
                let (_, api) = try await installation.server(roles: "api")
                let token = try await installation.ownerToken()
                let page = try await Visitor(at: api.url).send("GET", "/welcome?token=\(token)")
                #expect(page.status == 200 && page.all.contains(token))
                #expect(page.headers["referrer-policy"] == "no-referrer")
                let form = [
                    "token": token, "email": "owner@example.com", "name": "Owner", "password": "a long enough password",
                ]
                let made = try await Self.post(form, to: "/welcome", at: api.url)
                #expect(made.status == 303, "\(made.all)")
                let cookie = try #require(made.headers["set-cookie"]?.split(separator: ";").first).description
                let owner = Visitor(at: api.url, cookie: cookie)
                #expect(try await owner.send("GET", "/").status == 200)
                let forged = try await owner.send(
                    "POST", "/api/v1/workspaces",
                    headers: ["Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"],
                    body: Data(#"{"name": "Forged"}"#.utf8))
                #expect(forged.status == 403)
                let signedIn = try await Self.post(
                    ["email": "owner@example.com", "password": "a long enough password"], to: "/sign-in", at: api.url)
                #expect(signedIn.status == 303 && signedIn.headers["set-cookie"]?.contains("HttpOnly") == true)
                let wrong = try await Self.post(
                    ["email": "owner@example.com", "password": "a wrong password"], to: "/sign-in", at: api.url)
                #expect(wrong.status == 403)
            }
        }

        @Test("a workspace takes no more than its plan has, and the caches can be turned off")
        func quota() async throws {
            try await Installation.with(Self.limits) { installation in
                try Exec.install(in: installation.folder)
                let plans = installation.folder.appending(path: "plans.json")
                try Data(#"{"plans": [{"name": "tiny", "limits": {"concurrent_jobs": 2}}]}"#.utf8).write(to: plans)
                let (_, api) = try await installation.server(
                    roles: "api", environment: ["SUISHA_ACCOUNTS_PLANS": plans.path])
                let owner = try await installation.owner(at: api.url)
                let workspace = try await owner.send("POST", "/api/v1/workspaces", #"{"name": "Small"}"#).text("id")
                let small = owner.in(workspace)
                var statuses: [Int] = []
                for number in 0..<3 {
                    let job = #"{"kind": "count-words", "input": {"text": "\#(number)"}}"#
                    statuses.append(try await small.send("POST", "/api/v1/jobs", job).status)
                }
                #expect(statuses.last == 429 && statuses.dropLast().allSatisfy { $0 < 300 }, "\(statuses)")
                let quotas = try await small.send("GET", "/api/v1/quotas")
                #expect(quotas.status == 200 && quotas.all.contains("concurrent_jobs"))
                let switched = try await owner.send(
                    "PUT", "/api/v1/operator/caches", #"{"sessions": false, "workspaces": false}"#)
                #expect(switched.status == 200 && switched.all.contains("false"), "\(switched.all)")
                #expect(try await small.send("GET", "/api/v1/jobs").status == 200)
            }
        }

        @Test("a webhook reaches this machine only when the operator allows it", arguments: [true, false])
        func webhook(isAllowed: Bool) async throws {
            let allowed = isAllowed ? ["SUISHA_FETCH_ALLOW": "127.0.0.1"] : [:]
            try await Installation.with(Self.limits.merging(allowed) { $1 }) { installation in
                let (_, api) = try await installation.server(roles: "api")
                let owner = try await installation.owner(at: api.url)
                let workspace = try await owner.send("POST", "/api/v1/workspaces", #"{"name": "Hooks"}"#).text("id")
                let hooks = owner.in(workspace)
                // The server itself is a receiver that answers: with 405, which is an answer.
                let made = try await hooks.send(
                    "POST", "/api/v1/webhooks",
                    #"{"url": "\#(api.url.absoluteString)/livez", "events": ["*"]}"#)
                #expect(made.status == 201, "\(made.all)")
                let id = try made.text("id")
                let tested = try await hooks.send("POST", "/api/v1/webhooks/\(id)/test")
                #expect((200...202).contains(tested.status), "\(tested.all)")
                let answered = try await eventually("the delivery is tried", within: .seconds(30)) { () -> String? in
                    let list = try await hooks.send("GET", "/api/v1/webhooks/\(id)/deliveries").all
                    return list.contains("It answered 405") || list.contains("not on the public internet") ? list : nil
                }
                #expect(answered.contains("It answered 405") == isAllowed, "\(answered)")
            }
        }

        /// Those whose processes hear of each other.
        private static let shared = StoreFixture.all.filter { !$0.description.contains("sqlite") }

        @Test("a sign-out is in effect on three servers within a second", arguments: shared)
        func threeNodes(fixture: StoreFixture) async throws {
            try await fixture.withPlace { settings in
                try await Installation.with(settings.merging(Self.limits) { $1 }) { installation in
                    var nodes: [URL] = []
                    for _ in 0..<3 { nodes.append(try await installation.server(roles: "api").api.url) }
                    let owner = try await installation.owner(at: nodes[0])
                    for node in nodes {
                        for _ in 0..<3 {
                            #expect(try await owner.at(node).send("GET", "/api/v1/account").status == 200)
                        }
                    }
                    #expect(try await owner.send("POST", "/api/v1/account/sign-out").status == 204)
                    let began = ContinuousClock.now
                    for node in nodes {
                        try await eventually("the session has ended at \(node)", within: .seconds(20)) {
                            try await owner.at(node).send("GET", "/api/v1/account").status == 401
                        }
                    }
                    // The contract says a second; busy machines get five.
                    #expect(ContinuousClock.now - began < .seconds(5))
                }
            }
        }

        // MARK: Parts

        /// The guest listens to a job over a WebSocket and says with which code it was closed; returns when it is subscribed.
        private static func watcher(
            of job: String, byGuest visitor: Visitor, _ installation: Installation
        ) async throws -> SuishaProcess {
            let signedIn = try await visitor.send(
                "POST", "/api/v1/account/sign-in",
                #"{"email": "guest@example.com", "password": "a long enough password", "for": "program"}"#)
            let script = """
                import json, sys
                sys.path.insert(0, sys.argv[1])
                import live
                connection = live.WebSocket(sys.argv[2], sys.argv[3])
                connection.send(json.dumps({"type": "subscribe", "id": "1", "stream": "job:" + sys.argv[4]}).encode())
                try:
                    for message in connection.messages():
                        print(message, flush=True)
                except live.Lost as lost:
                    print("closed", lost.code, flush=True)
                """
            let folder = SuishaProcess.project.appending(path: "examples").path
            let address = "\(visitor.url.absoluteString)/api/v1/live"
            let process = try installation.run([
                "/usr/bin/env", "python3", "-B", "-c", script, folder, address, try signedIn.text("access_token"), job,
            ])
            try await eventually("it is subscribed; it says: \(process.logText)", within: .seconds(20)) {
                process.logText.contains(#""status":200"#)
            }
            return process
        }

        private struct Page: Decodable {
            struct Item: Decodable {
                let id: String
                let name: String
            }
            let items: [Item]
        }

        static func role(_ name: String, _ visitor: Visitor) async throws -> String {
            let roles = try await visitor.send("GET", "/api/v1/roles").decode(Page.self)
            return try #require(roles.items.first { $0.name.lowercased() == name }).id
        }

        /// Signs up with an invitation, by the letter's link, and in.
        static func guest(
            _ name: String = "guest", of invitation: String, _ installation: Installation, at url: URL
        ) async throws -> Visitor {
            let visitor = Visitor(at: url)
            let asked = try await visitor.send(
                "POST", "/api/v1/account/sign-up",
                """
                {"email": "\(name)@example.com", "name": "Guest", "password": "a long enough password",
                 "invitation": "\(invitation)"}
                """)
            #expect(asked.status == 202, "\(asked.all)")
            let mail = installation.folder.appending(path: "data/mail")
            let token = try await eventually("the letter is written", within: .seconds(30)) { () -> String? in
                let files = (try? FileManager.default.contentsOfDirectory(atPath: mail.path)) ?? []
                let letters = files.filter { $0.hasSuffix(".eml") }.compactMap {
                    try? String(contentsOf: mail.appending(path: $0), encoding: .utf8)
                }
                return letters.filter { $0.contains("\(name)@example.com") }.compactMap(Self.token).first
            }
            let confirmed = try await visitor.send(
                "POST", "/api/v1/account/confirm",
                #"{"token": "\#(token)", "password": "a long enough password"}"#)
            #expect(confirmed.status == 204, "\(confirmed.all)")
            let signedIn = try await visitor.send(
                "POST", "/api/v1/account/sign-in",
                #"{"email": "\#(name)@example.com", "password": "a long enough password"}"#)
            return Visitor(at: url, cookie: try Visitor.cookie(in: signedIn))
        }

        /// The token of the link in a letter, whose body is base64 or has soft line breaks.
        private static func token(in letter: String) -> String? {
            let parts = letter.replacing("\r\n", with: "\n").split(separator: "\n\n", maxSplits: 1)
            guard parts.count == 2 else { return nil }
            let joined = parts[1].filter { !$0.isNewline }
            let decoded = Data(base64Encoded: String(joined)).map { String(decoding: $0, as: UTF8.self) }
            let text = decoded ?? String(parts[1]).replacing("=\n", with: "").replacing("=3D", with: "=")
            return text.firstMatch(of: /token=([A-Za-z0-9_-]+)/).map { String($0.1) }
        }

        /// Sends a form as a browser does.
        private static func post(_ fields: [String: String], to path: String, at url: URL) async throws -> API.Reply {
            var body = ""
            for (name, value) in fields {
                body += "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
            }
            return try await Visitor(at: url).send(
                "POST", path,
                headers: [
                    "Content-Type": "multipart/form-data; boundary=b", "Sec-Fetch-Site": "same-origin",
                    "Accept": "text/html",
                ], body: Data((body + "--b--\r\n").utf8))
        }
    }
}
