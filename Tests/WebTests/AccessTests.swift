import Foundation
import NIOHTTP1
import Testing

@testable import Web

@Suite("Who may do what (issue 2: one token, Host and CSRF checks)")
struct AccessTests {
    private static let protected = [
        "/api/v1/jobs", "/api/v1/kinds", "/api/v1/jobs/job_0193f0a1c2d37abc8def0123456789ab",
        "/api/v1/jobs/job_0193f0a1c2d37abc8def0123456789ab/events",
        "/api/v1/batch/batch_0193f0a1c2d37abc8def0123456789ab",
    ]

    @Test("nothing of the API answers without a token, or with a wrong one", arguments: protected)
    func needsToken(target: String) async throws {
        try await TestServer.with(worker: false) { server in
            for headers in [
                [], [("Authorization", "Bearer wrong")], [("Authorization", "Basic YTpi")],
                [("Cookie", "suisha_session=0")],
            ] {
                let answer = try await server.send(.GET, target, as: .nobody, headers)
                #expect(answer.status == 401)
                #expect(answer.headers["content-type"] == ["application/problem+json"])
                #expect(answer.headers["www-authenticate"].first?.hasPrefix("Bearer") == true)
                #expect(try answer.string("type") == "urn:suisha:problem:unauthenticated")
            }
        }
    }

    @Test("an upload without a token is refused before its body is read")
    func refusedBeforeBody() async throws {
        try await TestServer.with(worker: false) { server in
            try await TestConnection.with(port: server.port) { connection in
                try await connection.send(
                    .POST, "/api/v1/jobs",
                    server.headers(
                        .nobody,
                        [
                            ("Content-Type", "multipart/form-data; boundary=b"), ("Content-Length", "1000000"),
                            ("Expect", "100-continue"),
                        ]))
                #expect(try await connection.head().status.code == 401)
            }
            #expect(try await server.uploads() == 0)
        }
    }

    @Test("a foreign name reaches nothing with a cookie (DNS rebinding), but programs with the token may use any")
    func foreignHost() async throws {
        try await TestServer.with(worker: false) { server in
            for target in ["/", "/api/v1/jobs", "/readyz", "/metrics", "/sign-in", "/assets/style.css"] {
                let answer = try await server.send(
                    .GET, target, as: .browser, [("Host", "evil.example:\(server.port)")])
                #expect(answer.status == 421, "\(target)")
            }
            for name in ["127.0.0.1", "localhost:\(server.port)", "[::1]:\(server.port)"] {
                #expect(try await server.send(.GET, "/api/v1/jobs", as: .browser, [("Host", name)]).status == 200)
            }
            #expect(try await server.send(.GET, "/api/v1/jobs", as: .token, [("Host", "evil.example")]).status == 200)
        }
    }

    @Test("names in the settings and the public origin are answered")
    func allowedHosts() async throws {
        try await TestServer.with(
            {
                $0.allowedHosts = ["box.lan"]
                $0.publicOrigin = "https://suisha.example.com"
            }, worker: false
        ) { server in
            for name in ["box.lan:8080", "BOX.LAN", "suisha.example.com"] {
                let answer = try await server.send(.GET, "/api/v1/jobs", as: .browser, [("Host", name)])
                #expect(answer.status == 200)
            }
            // Behind a proxy everything comes from loopback, so that alone shows nothing.
            #expect(try await server.send(.GET, "/metrics", as: .nobody).status == 401)
        }
    }

    @Test(
        "a form on another site cannot use the browser's session (CSRF)",
        arguments: [
            [("Origin", "https://evil.example")], [("Origin", "null")], [("Sec-Fetch-Site", "cross-site")],
            [("Sec-Fetch-Site", "same-site")], [("Sec-Fetch-Site", "none")], [],
        ])
    func foreignOrigin(headers: [(String, String)]) async throws {
        try await TestServer.with(worker: false) { server in
            let cookie = [("Cookie", server.cookie), ("Content-Type", "application/json")]
            let answer = try await server.send(
                .POST, "/api/v1/jobs", as: .nobody, cookie + headers, body: #"{"kind":"echo","input":{}}"#)
            #expect(answer.status == 403)
            #expect(try answer.string("type") == "urn:suisha:problem:forbidden")
            #expect(try await server.send(.GET, "/api/v1/jobs").items().isEmpty)
        }
    }

    @Test("our own pages may", arguments: ["Origin", "Sec-Fetch-Site"])
    func ownOrigin(header: String) async throws {
        try await TestServer.with(worker: false) { server in
            let value = header == "Origin" ? "http://127.0.0.1:\(server.port)" : "same-origin"
            let answer = try await server.send(
                .POST, "/api/v1/jobs", as: .nobody,
                [("Cookie", server.cookie), ("Content-Type", "application/json"), (header, value)],
                body: #"{"kind":"echo","input":{}}"#)
            #expect(answer.status == 202)
        }
    }

    @Test("a code signs one browser in, once, within ten minutes")
    func codes() async throws {
        try await TestServer.with(worker: false) { server in
            func redeem(_ code: String) async throws -> TestServer.Answer {
                try await server.send(
                    "/sign-in", form: TestForm(fields: ["code": code, "next": "/jobs/x"]), as: .nobody,
                    [("Sec-Fetch-Site", "same-origin")])
            }
            let code = server.signIn.makeCode()
            // Looking at the link is not using it: link previews do that.
            #expect(try await server.send(.GET, "/sign-in?code=\(code)", as: .nobody).status == 200)
            let answer = try await redeem(code)
            #expect(answer.status == 303)
            #expect(answer.headers["location"] == ["/jobs/x"])
            let cookie = try #require(answer.headers["set-cookie"].first)
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
            let session = [("Cookie", String(cookie.prefix { $0 != ";" }))]
            #expect(try await server.send(.GET, "/", as: .nobody, session).status == 200)
            #expect(try await redeem(code).status == 403)

            let late = server.signIn.makeCode()
            server.clock.move(by: .seconds(601))
            #expect(try await redeem(late).status == 403)
        }
    }

    @Test("the session of the server's token ends with its time, is one of its own, and cannot be made up")
    func consoleSession() async throws {
        try await TestServer.with(worker: false) { try await consoleSession(of: $0) }
    }

    private func consoleSession(of server: TestServer) async throws {
        let (first, second) = (server.cookie, server.cookie)
        #expect(first != second)
        #expect(try await status(of: first, server) == 200)
        var parts = first.split(separator: ".").map(String.init)
        parts[0] = parts[0].replacing("=1", with: "=2")
        let signature = second.split(separator: ".").last ?? ""
        // Longer than it was given, unsigned, another's signature, and the one value that used to be good for ever.
        let forgeries: [String] = [
            parts.joined(separator: "."), "\(parts[0]).\(parts[1]).", first + "A",
            first.split(separator: ".").dropLast().joined(separator: ".") + ".\(signature)",
            "suisha_session=" + String(repeating: "0", count: 64),
        ]
        for forged in forgeries {
            #expect(try await status(of: forged, server) == 401, "\(forged)")
        }
        server.clock.move(by: SignIn.sessionLifetime - .seconds(1))
        #expect(try await status(of: first, server) == 200)
        server.clock.move(by: .seconds(2))
        #expect(try await status(of: first, server) == 401)
    }

    private func status(of cookie: String, _ server: TestServer) async throws -> Int {
        try await server.send(.GET, "/api/v1/jobs", as: .nobody, [("Cookie", cookie)]).status
    }

    @Test("behind https every cookie that lets anybody in is for this host and for https alone")
    func secureCookies() async throws {
        try await TestServer.with({ $0.publicOrigin = "https://suisha.example.com" }, worker: false, accounts: true) {
            server in
            let accounts = try #require(server.accounts)
            #expect(try await accounts.owner().hasPrefix("__Host-"))
            for fields in [
                ["token": TestServer.token], ["email": "owner@example.com", "password": TestAccounts.password],
            ] {
                let answer = try await server.send(
                    "/sign-in", form: TestForm(fields: fields), as: .nobody, [("Sec-Fetch-Site", "same-origin")])
                #expect(answer.status == 303)
                let cookies = answer.headers["set-cookie"]
                #expect(!cookies.isEmpty)
                for cookie in cookies {
                    #expect(cookie.hasPrefix("__Host-") && cookie.contains("; Path=/;"), "\(cookie)")
                    #expect(cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "\(cookie)")
                }
            }
            // A neighbour that can set the plain name signs nobody in.
            let planted = server.signIn.cookie(secure: false).prefix { $0 != ";" }
            #expect(
                try await server.send(.GET, "/api/v1/jobs", as: .nobody, [("Cookie", String(planted))]).status == 401)
        }
    }

    @Test("whoever has signed out of an account is nobody, also where the server's token was used before")
    func signedOut() async throws {
        try await TestServer.with(worker: false, accounts: true) { server in
            let accounts = try #require(server.accounts)
            let both = "\(try await accounts.owner()); \(server.cookie)"
            func browse(_ method: HTTPMethod, _ path: String) async throws -> TestServer.Answer {
                try await server.send(
                    method, path, as: .nobody, [("Cookie", both), ("Sec-Fetch-Site", "same-origin")])
            }
            #expect(try await browse(.GET, "/api/v1/account").status == 200)
            let out = try await browse(.POST, "/sign-out")
            #expect(out.status == 303)
            let ended = out.headers["set-cookie"].map { $0.prefix { $0 != "=" } }
            #expect(Set(ended) == ["suisha_account", "suisha_session"])
            #expect(out.headers["set-cookie"].allSatisfy { $0.contains("Max-Age=0") })
            // Also for a browser that kept both.
            for path in ["/api/v1/jobs", "/api/v1/account"] { #expect(try await browse(.GET, path).status == 401) }
        }
    }

    @Test("the token signs in, and the way back stays on this server")
    func tokenForm() async throws {
        try await TestServer.with(worker: false) { server in
            func signIn(_ fields: [String: String]) async throws -> TestServer.Answer {
                try await server.send(
                    "/sign-in", form: TestForm(fields: fields), as: .nobody, [("Sec-Fetch-Site", "same-origin")])
            }
            for next in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"] {
                let answer = try await signIn(["token": TestServer.token, "next": next])
                #expect(answer.headers["location"] == ["/"])
            }
            let wrong = try await signIn(["token": "no"])
            #expect(wrong.status == 403)
            #expect(wrong.headers["set-cookie"].isEmpty)
            // Nobody is signed in from another site either (login CSRF).
            let foreign = try await server.send(
                "/sign-in", form: TestForm(fields: ["token": TestServer.token]), as: .nobody,
                [("Origin", "https://evil.example")])
            #expect(foreign.status == 403)
        }
    }

    @Test("a person who is not signed in sees the sign-in page; signing out ends the session")
    func pages() async throws {
        try await TestServer.with(worker: false) { server in
            let refused = try await server.send(.GET, "/", as: .nobody, [("Accept", "text/html")])
            #expect(refused.status == 401)
            #expect(refused.text.contains(#"name="token""#))
            let out = try await server.send(.POST, "/sign-out", as: .browser)
            #expect(out.status == 303)
            #expect(out.headers["set-cookie"].first?.contains("Max-Age=0") == true)
        }
    }

    @Test("measurements are for this machine or holders of the token")
    func metrics() async throws {
        try await TestServer.with(worker: false) { server in
            let direct = try await server.send(.GET, "/metrics", as: .nobody)
            #expect(direct.text == "suisha_up 1\n")
            #expect(
                try await server.send(.GET, "/metrics", as: .nobody, [("X-Forwarded-For", "1.2.3.4")]).status == 401)
            #expect(try await server.send(.GET, "/metrics", as: .token, [("X-Forwarded-For", "1.2.3.4")]).status == 200)
        }
    }

    @Test("every answer keeps browsers from doing more with it than they should")
    func securityHeaders() async throws {
        try await TestServer.with(worker: false) { server in
            for (target, caller) in [
                ("/", TestServer.Caller.browser), ("/", .nobody), ("/api/v1/jobs", .token), ("/nothing", .nobody),
            ] {
                let answer = try await server.send(.GET, target, as: caller, [("Accept", "text/html")])
                let policy = answer.headers["content-security-policy"].first ?? ""
                #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
                #expect(answer.headers["x-content-type-options"] == ["nosniff"])
                #expect(answer.headers["cache-control"] == ["no-store"])
            }
        }
    }
}
