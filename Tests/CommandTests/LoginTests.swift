import Foundation
import Glibc
import Model
import NIOHTTP1
import Synchronization
import Testing

@testable import suisha

@Suite("Logins of the command line (B1, C2)")
struct LoginTests {
    private static let server = URL.server("http://one.example")

    /// Runs the body with a file for logins in a folder of its own.
    private func withFile<Value>(_ body: (LoginFile) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "logins-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(LoginFile(environment: ["XDG_CONFIG_HOME": folder.path]))
    }

    private static func session(_ name: String, for duration: Duration) -> Login {
        Login(
            account: "me@example.com",
            proof: .session(
                .init(access: Secret("access-\(name)"), until: .now + duration, refresh: Secret("refresh-\(name)"))))
    }

    private static func access(_ login: Login?) -> String? {
        if case .session(let tokens) = login?.proof { tokens.access.revealed } else { nil }
    }

    // MARK: The file

    @Test("logins are kept in a file that only its owner can read, several servers side by side")
    func file() async throws {
        try await withFile { file in
            #expect(try file.read().all.isEmpty)
            try await file.change { logins in
                logins[Self.server] = Self.session("a", for: .seconds(300))
                logins[.server("https://TWO.example:443/")] = Login(account: "a key", proof: .key(Secret("k1")))
            }
            let mode = try FileManager.default.attributesOfItem(atPath: file.url.path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            let logins = try file.read()
            #expect(logins.all.map(\.server) == ["http://one.example", "https://two.example"])
            #expect(logins.current == "https://two.example")
            #expect(Self.access(logins[.server("HTTP://one.example:80")]) == "access-a")
            try await file.change { logins in logins[.server("https://two.example")] = nil }
            #expect(try file.read().current == nil)
        }
    }

    @Test("a file that others can read is refused, and one that was spoilt says what to do")
    func refusedFile() async throws {
        try await withFile { file in
            try await file.change { $0[Self.server] = Self.session("a", for: .seconds(300)) }
            chmod(file.url.path, 0o644)
            #expect { try file.read() } throws: { "\($0)".contains("chmod 600") }
            try Data("{".utf8).write(to: file.url)
            chmod(file.url.path, 0o600)
            #expect { try file.read() } throws: { "\($0)".contains("sign in again") }
        }
    }

    @Test("changes of many commands at once are all kept, and one that fails changes nothing")
    func changes() async throws {
        try await withFile { file in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await file.change {
                            $0[.server("http://s\(number).example")] = Login(account: "k", proof: .key(Secret("k")))
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try file.read().all.count == 20)
            await #expect(throws: CancellationError.self) {
                try await file.change { logins in
                    logins[Self.server] = nil
                    logins[.server("http://s1.example")] = nil
                    throw CancellationError()
                }
            }
            #expect(try file.read().all.count == 20)
        }
    }

    @Test("nothing of a login is printed by accident")
    func secrecy() {
        let login = Self.session("hidden", for: .seconds(1))
        var text = ""
        dump(login, to: &text)
        #expect(!"\(login) \(text)".contains("-hidden"))
    }

    // MARK: Who a command is

    @Test("a server and a token that are named win over the login, which wins over the token of this machine")
    func target() async throws {
        try await withFile { file in
            let folder = file.url.deletingLastPathComponent()
            try await file.change {
                $0[Self.server] = Self.session("a", for: .seconds(300))
                $0[Self.server]?.workspace = .init(id: "ws_1", name: "One")
            }
            let token = TokenFile(url: folder.appending(path: "token"))
            _ = try token.readOrMake()
            func target(_ flags: [String: String] = [:], _ environment: [String: String] = [:]) throws -> CallTarget {
                try CallTarget(
                    EffectiveSettings(
                        flags: flags,
                        environment: ["SUISHA_DATA_FOLDER": folder.path].merging(environment) { $1 }), file)
            }
            func kind(_ target: CallTarget) -> String {
                switch target.credential {
                case .unknown: "nothing"
                case .signIn: "sign-in"
                case .secret(let secret): secret.revealed.count == 64 ? "token file" : secret.revealed
                case .session: "session"
                }
            }
            let usual = try target()
            #expect(usual.server.absoluteString == "http://one.example" && kind(usual) == "session")
            let other = try target(["server": "http://other.example"])
            #expect(other.server.absoluteString == "http://other.example" && kind(other) == "token file")
            #expect(kind(try target([:], ["SUISHA_TOKEN": "abc"])) == "abc")
            #expect(kind(try target(["http.token_file": token.url.path])) == "token file")
            // Whoever names a port means the server of this machine.
            let here = try target([:], ["SUISHA_HTTP_PORT": "9999"])
            #expect(here.server.absoluteString == "http://127.0.0.1:9999" && kind(here) == "token file")
            let id = "ws_0123456789abcdef0123456789abcdef"
            let chosen = try await ServerClient.with(usual.server, token: nil) { client in
                [
                    try await usual.workspace(by: client), try await other.workspace(by: client),
                    try await target(["workspace": id]).workspace(by: client),
                ]
            }
            #expect(chosen == ["ws_1", nil, id])
        }
    }

    // MARK: Tokens

    private static let renewed = """
        {"access_token":"access-new","refresh_token":"refresh-new","expires_in":300,"session":"session_1","user":"user_1"}
        """

    @Test("ten commands with an old access token renew the session once, and all use the new one")
    func renewal() async throws {
        try await withFile { file in
            try await ScriptedServer.with { _, _ in
                .init(body: Self.renewed)
            } _: { server, root in
                let url = URL.server(root)
                try await file.change { $0[url] = Self.session("old", for: .seconds(10)) }
                let credential = Credential.session(SessionRenewal(file: file, server: url))
                try await ServerClient.with(url, as: credential, in: "ws_1") { client in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for _ in 0..<10 { group.addTask { _ = try await client.call(.GET, "/api/v1/account") } }
                        try await group.waitForAll()
                    }
                }
                let renewals = server.received.filter { $0.uri == "/api/v1/tokens/refresh" }
                #expect(renewals.count == 1)
                #expect(
                    renewals.first.map { String(decoding: $0.body, as: UTF8.self) }?.contains("refresh-old") == true)
                #expect(renewals.first?.headers["authorization"] == nil)
                let calls = server.received.filter { $0.method == "GET" }
                #expect(calls.count == 10)
                #expect(calls.allSatisfy { $0.headers["authorization"] == "Bearer access-new" })
                #expect(calls.allSatisfy { $0.headers["x-workspace"] == "ws_1" })
                #expect(Self.access(try file.read()[url]) == "access-new")
            }
        }
    }

    @Test("a session that has ended says how to sign in again, and a server that is away loses no tokens")
    func endedSession() async throws {
        try await withFile { file in
            for (status, exit) in [(401, CommandFailure.Status.noPermission), (503, .tryLater)] {
                try await ScriptedServer.with { _, _ in
                    .init(status: status, body: #"{"detail":"Because."}"#)
                } _: { _, root in
                    let url = URL.server(root)
                    try await file.change { $0[url] = Self.session("old", for: .seconds(10)) }
                    let failure = await #expect(throws: CommandFailure.self) {
                        try await ServerClient.with(url, as: .session(SessionRenewal(file: file, server: url))) {
                            _ = try await $0.account()
                        }
                    }
                    #expect(failure?.status == exit)
                    #expect(status != 401 || failure?.description.contains("suisha login --server \(root)") == true)
                    #expect(Self.access(try file.read()[url]) == "access-old")
                }
            }
        }
    }

    // MARK: Signing in

    /// Signs in with what `lines` hold, as a script would send them.
    private func signIn(
        _ lines: String, answer: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Reply,
        _ body: @escaping (LoginDialogue) async throws -> Login
    ) async throws -> (login: Login, calls: [ScriptedServer.Request]) {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data(lines.utf8))
        try pipe.fileHandleForWriting.close()
        return try await ScriptedServer.with { request, _ in
            answer(request)
        } _: { server, root in
            let login = try await ServerClient.with(.server(root), as: .signIn) { client in
                try await body(
                    LoginDialogue(
                        client: client, input: TerminalInput(descriptor: pipe.fileHandleForReading.fileDescriptor)))
            }
            return (login, server.received)
        }
    }

    @Test("an address, a password and a code become the tokens of a session")
    func password() async throws {
        let (login, calls) = try await signIn("me@example.com\npass word \n123 456\n") { request in
            request.uri.hasSuffix("/code") ? .init(body: Self.renewed) : .init(body: #"{"step":"s1"}"#)
        } _: {
            try await $0.withPassword(email: nil)
        }
        #expect(login.account == "me@example.com" && Self.access(login) == "access-new")
        #expect(
            calls.map { String(decoding: $0.body, as: UTF8.self) } == [
                #"{"email":"me@example.com","for":"program","password":"pass word "}"#,
                #"{"code":"123456","for":"program","step":"s1"}"#,
            ])
        #expect(calls.allSatisfy { $0.headers["authorization"] == nil })
    }

    @Test("an API key is tried before it is kept, also one that may not look at its workspace")
    func key() async throws {
        for (status, body) in [
            (
                200,
                #"{"id":"ws_1","slug":"a","name":"A","state":"active","plan":"p","created_at":"2026-03-01T00:00:00Z"}"#
            ),
            (403, #"{"detail":"No."}"#),
        ] {
            let (login, calls) = try await signIn("suisha_k_abcdefghijkl_rest\n") { _ in
                .init(status: status, body: body)
            } _: {
                try await $0.withKey()
            }
            #expect(login.workspace?.id == (status == 200 ? "ws_1" : nil))
            #expect(login.account == "the key suisha_k_abcdefghijkl…")
            #expect(calls.first?.headers["authorization"] == "Bearer suisha_k_abcdefghijkl_rest")
        }
        for (lines, status) in [("suisha_k_x\n", 401), ("\n", 200), ("", 200), ("a b\n", 200)] {
            await #expect(throws: CommandFailure.self) {
                _ = try await signIn(lines) { _ in
                    .init(status: status, body: #"{"detail":"No."}"#)
                } _: {
                    try await $0.withKey()
                }
            }
        }
    }

    // MARK: The terminal

    /// What a person types on a terminal of its own, what the terminal shows of it, and what is read.
    private func typed(_ keys: String) async throws -> (secret: Result<Secret, any Error>, shown: String) {
        var (master, slave): (Int32, Int32) = (-1, -1)
        guard openpty(&master, &slave, nil, nil, nil) == 0 else { throw CommandFailure("no terminal") }
        defer {
            close(master)
            close(slave)
        }
        let read = Mutex<Result<Secret, any Error>?>(nil)
        let terminal = slave
        let reader = Thread {
            let result = Result { try TerminalInput(descriptor: terminal).secret("") }
            read.withLock { $0 = result }
        }
        reader.start()
        let deadline = ContinuousClock.now + .seconds(30)
        var state = termios()
        // Keys that come before the echo is off are thrown away, so the typing waits for it as a person does.
        while tcgetattr(slave, &state) == 0, state.c_lflag & tcflag_t(ECHO) != 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        _ = keys.withCString { write(master, $0, strlen($0)) }
        while read.withLock({ $0 == nil }), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        let result = try #require(read.withLock { $0 })
        #expect(
            tcgetattr(slave, &state) == 0
                && state.c_lflag & tcflag_t(ECHO | ICANON | ISIG) == tcflag_t(ECHO | ICANON | ISIG))
        // What is typed now is shown again; what was typed before must not be among it.
        _ = write(slave, "end", 3)
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(master, &buffer, buffer.count)
        return (result, String(decoding: buffer.prefix(max(0, count)), as: UTF8.self))
    }

    @Test("a password is not shown while it is typed, can be corrected, and the terminal is as before")
    func hidden() async throws {
        let plain = try await typed("secret wörd\r")
        #expect(try plain.secret.get().revealed == "secret wörd")
        #expect(plain.shown == "end")
        let corrected = try await typed("wrong\u{15}secreö\u{7F}t\n")
        #expect(try corrected.secret.get().revealed == "secret")
        await #expect(throws: CancellationError.self) { try await typed("secr\u{03}").secret.get() }
        await #expect(throws: CommandFailure.self) { try await typed("\u{04}").secret.get() }
    }
}
