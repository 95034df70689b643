import Conformance
import Foundation
import Testing

extension SystemTests {
    /// What docs/accounts.md and docs/workspaces.md say of the command line, with the built program and a running server.
    @Suite("B1-B5, C2, G7: a company on the command line")
    struct Company {
        private static let limits = ["SUISHA_LIMITS_RATE": "sign-in=off, workspace-write=off, read=off, standard=off"]
        private static let password = "a long enough password\n"

        @Test("people sign in, share a workspace, hand out a key, look at the log, and leave with their data")
        func journey() async throws {
            try await Installation.with(Self.limits) { installation in
                try Exec.install(in: installation.folder)
                // With a plan that has roles of one's own.
                let plans = installation.folder.appending(path: "plans.json")
                try Data(#"{"plans": [{"name": "all"}]}"#.utf8).write(to: plans)
                let (_, api) = try await installation.server(environment: ["SUISHA_ACCOUNTS_PLANS": plans.path])
                let owner = try await installation.owner(at: api.url)
                let root = api.url.absoluteString
                let suisha = SuishaCommandLine(installation: installation)

                // In: a wrong password leaves nothing behind, a right one a file that only its owner can read.
                let wrong = try await suisha.run("login --server \(root) --email owner@example.com", input: "wrong\n")
                #expect(wrong.status == 77 && wrong.text.contains("wrong"), "\(wrong.text)")
                let logins = installation.folder.appending(path: ".config/suisha/logins.json")
                #expect(!FileManager.default.fileExists(atPath: logins.path))
                try await suisha.must("login --server \(root) --email owner@example.com", input: Self.password)
                let mode = try FileManager.default.attributesOfItem(atPath: logins.path)[.posixPermissions] as? Int
                #expect(mode == 0o600)

                // A workspace, which every later command acts in.
                try await suisha.must("workspace create Acme --short-name acme")
                #expect(try await suisha.must("workspace list").contains("*  acme "))
                let me = try await suisha.must("whoami")
                #expect(me.contains("owner@example.com") && me.contains("workspace:transfer"), "\(me)")

                // People and roles.
                try await suisha.must("role create runner --rank 300 --allow jobs:read,jobs:write,workspace:read")
                let link = try await suisha.must("member invite --role runner --expires 1d")
                let token = try #require(link.firstMatch(of: /\/invite\?token=([A-Za-z0-9_.-]+)/)?.1).description
                let guest = try await Accounts.guest(of: token, installation, at: api.url)
                let mistyped = try await suisha.run("member role gest@example.com viewer")
                #expect(mistyped.status == 1 && mistyped.text.contains("Did you mean 'guest@example.com'?"))
                #expect(try await suisha.must("member role guest@example.com viewer").contains("viewer"))
                try await suisha.must("role edit runner --allow jobs:read")
                try await suisha.must("role delete runner")

                // A key for a program, by itself and as a login of another user's.
                try await suisha.must("key create robot --allow jobs:read,jobs:write > robot.key")
                let submit = #"jobs submit count-words --input '{"text": "one two"}' --wait"#
                let job = try await suisha.must(
                    "\(submit) --server \(root)", prefix: "SUISHA_TOKEN=$(tail -1 robot.key)")
                let id = try #require(job.firstMatch(of: /job_[0-9a-f]{32}/)?.output).description
                #expect(try await suisha.must("jobs list").contains(id))
                let elsewhere = "XDG_CONFIG_HOME=$PWD/robot"
                try await suisha.must(
                    "login --api-key --server \(root)", input: try installation.lastLine(of: "robot.key") + "\n",
                    prefix: elsewhere)
                #expect(try await suisha.must("jobs show \(id)", prefix: elsewhere).contains("succeeded"))
                #expect(try await suisha.run("member list", prefix: elsewhere).status == 77)
                try await suisha.must("key revoke robot")
                #expect(try await suisha.run("jobs list", prefix: elsewhere).status == 77)

                // What happened, and what was used.
                let log = try await eventually("the refusal is in the log") { () -> String? in
                    let log = try await suisha.must("audit list --limit 50")
                    return log.contains("refused") ? log : nil
                }
                #expect(log.contains("key.created"), "\(log)")
                let verified = try await suisha.must("audit verify")
                let anchor = try #require(verified.firstMatch(of: /[0-9]+:[0-9a-f]{64}/)?.output)
                try await suisha.must("audit verify --anchor \(anchor)")
                try await suisha.must("audit export --format csv --output audit.csv")
                #expect(try installation.text("audit.csv").contains("key.created"))
                try await suisha.must("usage --by month")
                #expect(try await suisha.must("quota").contains("concurrent_jobs"))

                // The access token is renewed without anybody noticing.
                let before = try installation.text(".config/suisha/logins.json")
                try before.replacing(
                    /"access_until" : "[^"]*"/, with: "\"access_until\" : \"2026-01-01T00:00:00.000Z\""
                )
                .write(to: logins, atomically: false, encoding: .utf8)
                try await suisha.must("workspace show")
                #expect(try installation.text(".config/suisha/logins.json").contains("2026-01-01") == false)

                // Everything in a folder; then the workspace goes, and comes back.
                try await suisha.must("workspace export archive --files")
                #expect(try installation.text("archive/members.jsonl").contains("guest@example.com"))
                #expect(try installation.text("archive/jobs.jsonl").contains(id))
                try await suisha.must("member remove guest@example.com")
                #expect(try await guest.send("GET", "/api/v1/workspaces").all.contains("acme") == false)
                #expect(try await suisha.run("workspace delete acne").status == 1)
                #expect(try await suisha.must("workspace delete acme").contains("deleting"))
                #expect(try await suisha.run("jobs list").status == 77)
                #expect(try await suisha.must("workspace restore acme").contains("active"))
                #expect(try await suisha.must("jobs list").contains(id))

                // Out: the session is over at the server as well.
                let access = try #require(
                    try installation.text(".config/suisha/logins.json").firstMatch(of: /"access_token" : "([^"]*)"/)?.1)
                let session = Visitor(at: api.url, token: String(access))
                #expect(try await session.send("GET", "/api/v1/account").status == 200)
                try await suisha.must("logout")
                #expect(try await session.send("GET", "/api/v1/account").status == 401)
                #expect(try await suisha.must("whoami --all").contains(root) == false)
                #expect(try await owner.send("GET", "/api/v1/account").status == 200)
            }
        }
    }
}

/// The program in the folder of an installation, started by a shell as a person does.
struct SuishaCommandLine: Sendable {
    let installation: Installation

    /// - Parameters:
    ///   - line: what stands behind `suisha`.
    ///   - input: what the program reads.
    ///   - prefix: variables before it, such as `A=b`.
    func run(_ line: String, input: String = "", prefix: String = "") async throws -> (status: Int32, text: String) {
        let process = try installation.run(
            ["/bin/sh", "-c", "printf '%s' \"$INPUT\" | \(prefix) \"$PROGRAM\" \(line)"],
            environment: ["INPUT": input, "PROGRAM": SuishaProcess.products.appending(path: "suisha").path])
        let status = try await process.ended(within: .seconds(120))
        return (status, process.logText)
    }

    /// What the program printed, which must have succeeded.
    @discardableResult
    func must(_ line: String, input: String = "", prefix: String = "") async throws -> String {
        let (status, text) = try await run(line, input: input, prefix: prefix)
        guard status == 0 else { throw NeverHappened("suisha \(line) ended with \(status): \(text)") }
        return text
    }
}

extension Installation {
    func text(_ path: String) throws -> String {
        try String(contentsOf: folder.appending(path: path), encoding: .utf8)
    }

    fileprivate func lastLine(of path: String) throws -> String {
        try text(path).split(separator: "\n").last.map(String.init) ?? ""
    }
}
