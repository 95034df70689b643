import Endpoints
import Foundation
import HTTPTypes
import Logging
import Model
import NIOCore
import NIOHTTP1
import Storage
import Tenancy
import Testing

@testable import Web

@Suite("Limits, kept answers and versions over HTTP (B6, C1)")
struct LimitTests {
    @Test("whoever is unknown is counted by address; the refusal is a problem with the headers of the draft")
    func signIn() async throws {
        try await TestServer.with(worker: false, limits: "sign-in=2/min") { server in
            let form = TestForm(fields: ["token": "wrong"])
            let headers = [("Content-Type", form.contentType), ("Sec-Fetch-Site", "same-origin")]
            for remaining in [1, 0] {
                let answer = try await server.send(.POST, "/sign-in", as: .nobody, headers, body: form.text)
                #expect(answer.status == 403)
                #expect(answer.headers.first(name: "RateLimit")?.hasPrefix("\"sign-in\";r=\(remaining);t=") == true)
                #expect(answer.headers.first(name: "RateLimit-Policy") == "\"sign-in\";q=2;w=60")
            }
            // An address that anybody can write changes nothing.
            let refused = try await server.send(
                .POST, "/sign-in", as: .nobody, headers + [("X-Forwarded-For", "203.0.113.7")], body: form.text)
            #expect(refused.status == 429)
            #expect(refused.headers.first(name: "Retry-After").flatMap { Int($0) }.map { $0 > 0 && $0 <= 60 } == true)
            // The server's own token is not counted, and neither is what load balancers ask.
            for _ in 0..<5 {
                #expect(try await server.send(.GET, "/livez", as: .nobody).status == 200)
                let answer = try await server.send(.GET, "/api/v1/jobs")
                #expect(answer.status == 200 && answer.headers.first(name: "RateLimit") == nil)
            }
        }
    }

    @Test("guessing tokens, keys and cookies is counted by address, and costs nobody else anything")
    func strangers() async throws {
        let guesses = [
            ("Authorization", "Bearer guess"),
            ("Authorization", "Bearer suisha_k_0123456789ab_" + String(repeating: "x", count: 43)),
            ("Authorization", "Bearer eyJhbGciOiJub25lIn0.e30.x"), ("Cookie", "suisha_session=1.2.3"),
            ("Cookie", "suisha_account=suisha_s_" + String(repeating: "x", count: 43)),
        ]
        try await TestServer.with(worker: false, limits: "standard=5/min, read=off", accounts: true) { server in
            let accounts = try #require(server.accounts)
            let owner = try await accounts.owner()
            for guess in guesses {
                #expect(try await server.send(.GET, "/api/v1/jobs", as: .nobody, [guess]).status == 401)
            }
            for guess in guesses {
                let refused = try await server.send(.GET, "/api/v1/jobs", as: .nobody, [guess])
                #expect(refused.status == 429)
                #expect(refused.headers.first(name: "Retry-After") != nil)
            }
            // Whoever is who it says is not kept out by a neighbour who guesses.
            #expect(try await server.send(.GET, "/api/v1/account", as: .nobody, [("Cookie", owner)]).status == 200)
            #expect(try await server.send(.GET, "/api/v1/jobs").status == 200)
        }
    }

    @Test("behind a trusted proxy each client has its own count")
    func proxies() async throws {
        try await TestServer.with(
            { settings in
                settings.trustedProxies = [NetworkRange("127.0.0.0/8"), NetworkRange("10.0.0.0/8")].compactMap { $0 }
            }, worker: false, limits: "sign-in=1/min"
        ) { server in
            let form = TestForm(fields: ["token": "wrong"])
            for (forwarded, status) in [
                ("198.51.100.1, 203.0.113.7, 10.0.0.1", 403),
                // The client's own claim, before the last hop that is ours, counts for nothing.
                ("198.51.100.2, 203.0.113.7", 429), ("203.0.113.8", 403),
                // One customer has a whole /64.
                ("2001:db8:1:2::1", 403), ("2001:db8:1:2:ffff::9", 429), ("[2001:db8:1:3::1]", 403),
            ] {
                let headers = [
                    ("Content-Type", form.contentType), ("Sec-Fetch-Site", "same-origin"),
                    ("X-Forwarded-For", forwarded),
                ]
                let answer = try await server.send(.POST, "/sign-in", as: .nobody, headers, body: form.text)
                #expect(answer.status == status, "\(forwarded)")
            }
        }
    }

    @Test("networks are read and compared by their bits")
    func networks() throws {
        let ten = try #require(NetworkRange("10.0.0.0/9"))
        #expect(ten.contains(try #require(NetworkAddress("10.127.255.255"))))
        #expect(!ten.contains(try #require(NetworkAddress("10.128.0.0"))))
        #expect(ten.contains(try #require(NetworkAddress("::ffff:10.1.1.1"))))
        #expect(try #require(NetworkRange("::/0")).contains(try #require(NetworkAddress("2001:db8::1"))))
        for text in ["", "10.0.0.0/33", "10.0.0/8", "x", "10.0.0.0/-1", "10.0.0.0/8/8", "::1/129"] {
            #expect(NetworkRange(text) == nil, "\(text)")
        }
        #expect(NetworkAddress("10.1.2.3:4711")?.network == "10.1.2.3")
        #expect(NetworkAddress("2001:db8:1:2:3:4:5:6")?.network == "2001:db8:1:2::/64")
    }

    @Test("a POST with an Idempotency-Key is answered once; other content is 422, distinct from a job's own 409")
    func keys() async throws {
        try await TestServer.with(worker: false) { server in
            func pause(_ kind: String, _ key: String) async throws -> TestServer.Answer {
                try await server.send(.POST, "/api/v1/queues/\(kind)/pause", [("Idempotency-Key", key)])
            }
            let first = try await pause("echo", "k")
            #expect(first.status == 200 && first.headers.first(name: "Idempotency-Replayed") == nil)
            #expect(try await server.send(.POST, "/api/v1/queues/echo/resume").status == 200)
            let second = try await pause("echo", "k")
            #expect(second.body == first.body)
            #expect(second.headers.first(name: "Idempotency-Replayed") == "true")
            // It was answered, not carried out.
            let queues = try await server.send(.GET, "/api/v1/queues").items()
            #expect(queues.first { $0["kind"] as? String == "echo" }?["mode"] as? String == "running")
            let other = try await pause("copy", "k")
            #expect(other.status == 422)
            #expect(try other.string("type") == "urn:suisha:problem:idempotency-key-reused")
            #expect(try await pause("echo", String(repeating: "k", count: 201)).status == 400)

            func submit(_ text: String) async throws -> TestServer.Answer {
                let body = #"{"kind":"echo","input":{"text":"\#(text)"}}"#
                return try await server.send(.POST, "/api/v1/jobs", json: body, [("Idempotency-Key", "job")])
            }
            #expect(try await submit("a").status == 202)
            #expect(try await submit("a").status == 200)
            let conflict = try await submit("b")
            #expect(conflict.status == 409)
            #expect(try conflict.string("type") == "urn:suisha:problem:conflict")
        }
    }

    @Test("of many requests at once under one key one is carried out; the others wait or get its answer")
    func parallelKeys() async throws {
        try await TestServer.with(worker: false) { server in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let key = [("Idempotency-Key", "one"), ("Content-Type", "application/json")]
                        return try await server.send(
                            .POST, "/api/v1/jobs/bulk", key, body: #"{"kind":"echo","items":[{"input":{"text":"a"}}]}"#
                        ).status
                    }
                }
                return try await group.reduce(into: Set<Int>()) { $0.insert($1) }
            }
            #expect(statuses.isSubset(of: [200, 409]) && statuses.contains(200))
            #expect(try await server.send(.GET, "/api/v1/jobs").items().count == 1)
        }
    }

    @Test("people and programs are counted in their workspace, the operator is not")
    func callers() async throws {
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let limits = CallLimits(
            limiter: RateLimiter(
                store: MemoryRateWindows(), limits: try RateLimits(changes: "read=1/min"), logger: logger),
            addresses: ClientAddress(trusted: []))
        func call(_ principal: Principal, _ permission: Permission = .jobsRead) async -> Bool {
            let endpoint = Endpoint(.get, "/x", id: "x", summary: "", access: .needs(permission), answers: []) { _ in
                EndpointResponse(status: 204)
            }
            let request = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/x")
            return (try? await limits.admit(request, from: principal, to: endpoint, peer: nil)) != nil
        }
        let (user, other, workspace) = (UserID(), UserID(), WorkspaceID())
        #expect(await call(Principal(actor: .user(user), workspace: workspace, permissions: [])))
        #expect(await !call(Principal(actor: .user(user), workspace: workspace, permissions: [])))
        #expect(await call(Principal(actor: .user(other), workspace: workspace, permissions: [])))
        #expect(await call(Principal(actor: .user(user), workspace: WorkspaceID(), permissions: [])))
        #expect(await call(Principal(actor: .service(ServiceAccountID()), workspace: workspace, permissions: [])))
        for _ in 0..<3 { #expect(await call(.local)) }
        // What is a person's own is counted once, in whatever workspace it is asked for.
        for permission in [Permission.account, .operate] {
            let person = UserID()
            var admitted: [Bool] = []
            for _ in 0..<3 {
                let caller = Principal(actor: .user(person), workspace: WorkspaceID(), permissions: [])
                admitted.append(await call(caller, permission))
            }
            #expect(admitted == [true, false, false])
        }
    }

    @Test("two keys of one person have answers of their own under one Idempotency-Key")
    func keysApart() async throws {
        try await TestServer.with(worker: false, accounts: true) { server in
            let accounts = try #require(server.accounts)
            let owner = try await accounts.owner()
            func make(_ name: String, _ headers: [(String, String)]) async throws -> TestServer.Answer {
                try await server.send(
                    .POST, "/api/v1/keys", as: .nobody, headers + [("Content-Type", "application/json")],
                    body: #"{"name": "\#(name)", "permissions": ["keys:write", "keys:read"]}"#)
            }
            let browser = [("Cookie", owner), ("Sec-Fetch-Site", "same-origin")]
            let first = try await make("first", browser).string("secret")
            let second = try await make("second", browser).string("secret")
            // The same request under the same key: a program must not be given what another was shown once.
            var secrets: Set<String> = []
            for secret in [first, second] {
                let headers = [("Authorization", "Bearer \(secret)"), ("Idempotency-Key", "one")]
                let made = try await make("child", headers)
                #expect(made.status == 201)
                #expect(made.headers.first(name: "Idempotency-Replayed") == nil)
                #expect(try await make("child", headers).headers.first(name: "Idempotency-Replayed") == "true")
                secrets.insert(try made.string("secret"))
            }
            #expect(secrets.count == 2)
        }
    }

    @Test(
        "parameters of a query are checked by their declaration",
        arguments: [
            ("limit=5", true), ("limit=0", false), ("limit=1.0", false), ("limit=", false), ("mode=a", true),
            ("mode=c", false), ("x=1", true),
        ])
    func queries(text: String, isGood: Bool) {
        let endpoint = Endpoint(
            .get, "/x", id: "x", summary: "", access: .open,
            parameters: [
                .init(.query, "limit", .integer(minimum: 1, maximum: 9), ""),
                .init(.query, "mode", .string(values: ["a", "b"]), ""),
            ], answers: []
        ) { _ in EndpointResponse(status: 204) }
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        let problem = (try? endpoint.check(query: [parts[0]: parts[1]])) == nil
        #expect(problem != isGood)
    }

    @Test("what a reader has is not sent again; a cursor is opaque and of one list")
    func tags() async throws {
        try await TestServer.with(worker: false) { server in
            for _ in 0..<3 { _ = try await server.submit("echo", #"{"text":"a"}"#) }
            let first = try await server.send(.GET, "/api/v1/jobs?limit=2")
            let tag = try #require(first.headers.first(name: "ETag"))
            let again = try await server.send(.GET, "/api/v1/jobs?limit=2", [("If-None-Match", "\"x\", W/\(tag)")])
            #expect(again.status == 304 && again.body.isEmpty)
            let next = try first.string("next")
            #expect(!next.contains("job_"))
            #expect(try await server.send(.GET, "/api/v1/jobs?limit=2&after=\(next)").items().count == 1)
            #expect(try await server.send(.GET, "/api/v1/jobs?kind=echo&after=\(next)").status == 422)
        }
    }

    @Test("a body is looked at strictly before anything is read from it")
    func strict() async throws {
        try await TestServer.with(worker: false) { server in
            for (body, field) in [
                (#"{"kind":"echo","input":{},"workspace_id":"x"}"#, "workspace_id"),
                (#"{"kind":"echo","input":{},"kind":"gate"}"#, "kind"),
                (#"{"kind":"echo","input":{},"priority":1.0}"#, "priority"),
                (#"{"kind":"echo","input":{"a":1e400}}"#, "input.a"),
                (#"{"kind":"echo","input":{"a":"\u0000"}}"#, "input.a"),
            ] {
                let answer = try await server.send(.POST, "/api/v1/jobs", json: body)
                #expect(answer.status == 400 || answer.status == 422)
                #expect(try answer.string("field") == field)
            }
        }
    }
}
