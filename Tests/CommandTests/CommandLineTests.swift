import ArgumentParser
import Foundation
import Model
import Testing

@testable import suisha

@Suite("The command line")
struct CommandLineTests {
    @Test(
        "every command parses with its least arguments",
        arguments: [
            ["serve"], ["serve", "--roles", "api"], ["worker"], ["migrate"], ["doctor"], ["config"], ["token"],
            ["demo"],
            ["demo", "a.mp3", "--output", "out"], ["submit", "a.mp3"], ["jobs", "list"], ["jobs", "show", "j"],
            ["jobs", "watch", "j"], ["jobs", "logs", "j", "-f"], ["jobs", "cancel", "j"], ["jobs", "retry", "j"],
            ["artifacts", "list", "j"], ["artifacts", "get", "j", "video.mp4", "-o", "-"],
            ["login"], ["login", "--email", "a@b.c"], ["login", "--api-key"], ["logout"], ["whoami", "--all"],
            ["workspace", "list"], ["workspace", "use", "w"], ["workspace", "export", "folder", "--files"],
            ["member", "invite", "--role", "r"], ["key", "create", "k", "--allow", "jobs:read"], ["quota"], ["usage"],
            ["audit", "export", "-o", "-"],
        ])
    func parsing(arguments: [String]) throws {
        _ = try SuishaCommand.parseAsRoot(arguments)
    }

    @Test(
        "wrong arguments are refused",
        arguments: [
            ["serve", "--roles", "cook"], ["submit"], ["submit", "a", "--option", "x"], ["jobs", "show"], ["fly"],
            ["worker", "--token", "x"], ["login", "--api-key", "--email", "a@b.c"], ["login", "--password", "x"],
            ["workspace", "use"], ["workspace", "delete"], ["workspace", "leave"], ["workspace", "transfer"],
            ["member", "uninvite"], ["key", "service-accounts", "disable"], ["role", "edit", "r"],
            ["role", "create", "r"],
            ["audit", "list", "--from", "soon"], ["usage", "--by", "week"], ["member", "invite", "a@b.c"],
        ])
    func refusing(arguments: [String]) {
        #expect(throws: (any Error).self) { try SuishaCommand.parseAsRoot(arguments) }
    }

    @Test("everything that prints results has --json")
    func json() throws {
        for arguments in [
            ["migrate"], ["doctor"], ["config"], ["submit", "a"], ["jobs", "list"], ["jobs", "show", "j"],
            ["jobs", "watch", "j"], ["jobs", "logs", "j"], ["jobs", "cancel", "j"], ["jobs", "retry", "j"],
            ["artifacts", "list", "j"], ["artifacts", "get", "j"], ["jobs", "submit", "k", "--input", "-"],
            ["queues", "list"], ["queues", "pause", "k"], ["queues", "caps", "list"], ["queues", "limits", "show"],
            ["schedules", "list"], ["schedules", "run", "n"], ["schedules", "remove", "n"],
            ["login"], ["logout"], ["whoami"], ["workspace", "list"], ["workspace", "export", "f"],
            ["member", "list"], ["member", "remove", "m"], ["member", "invites"], ["member", "uninvite", "i"],
            ["member", "accept"], ["workspace", "transfer", "m"], ["workspace", "leave", "w"],
            ["key", "rotate-signing"], ["key", "service-accounts"], ["key", "service-accounts", "create", "n"],
            ["key", "service-accounts", "disable", "n"], ["role", "list"], ["role", "delete", "r"],
            ["key", "list"], ["key", "revoke", "k"], ["audit", "list"], ["audit", "verify"], ["usage"], ["quota"],
        ] {
            _ = try SuishaCommand.parseAsRoot(arguments + ["--json"])
        }
    }

    private static let withExamples: [CommandConfiguration] = [
        SuishaCommand.configuration, ServeCommand.configuration, WorkerCommand.configuration,
        ConfigCommand.configuration, DoctorCommand.configuration, DemoCommand.configuration,
        SubmitCommand.configuration, JobsCommand.configuration, ArtifactsGetCommand.configuration,
        JobsSubmitCommand.configuration, QueuesCommand.configuration, CapsCommand.configuration,
        LimitsCommand.configuration, SchedulesCommand.configuration, SchedulesPutCommand.configuration,
        LoginCommand.configuration, LogoutCommand.configuration, WhoamiCommand.configuration,
        WorkspaceCommand.configuration,
        WorkspaceExportCommand.configuration, MemberCommand.configuration, RoleCommand.configuration,
        KeyCommand.configuration, ServiceAccountCommand.configuration, AuditCommand.configuration,
        UsageCommand.configuration, QuotaCommand.configuration,
    ]

    @Test("examples in the help fit into 80 columns and parse", arguments: withExamples.map(\.discussion))
    func examples(discussion: String) throws {
        let lines = discussion.split(separator: "\n").map(String.init)
        for line in lines where line.hasPrefix("  suisha ") {
            #expect(line.count < 80, "\(line)")
            // A comment stands behind two blanks or more.
            let command = line.dropFirst(2).split(separator: "  ").first.map(String.init) ?? ""
            let words = command.split(separator: " ").map(String.init).dropFirst()
            if words.contains("--generate-completion-script") { continue }
            _ = try SuishaCommand.parseAsRoot(Array(words))
        }
    }

    @Test("completion scripts for the three shells are there", arguments: ["bash", "zsh", "fish"])
    func completion(shell: String) {
        let shell = CompletionShell(rawValue: shell)
        let script = SuishaCommand.completionScript(for: shell ?? .bash)
        #expect(script.contains("http-port"))
    }

    @Test("the demo keeps to its own data, whatever the environment says")
    func demoSettings() throws {
        let folder = DemoFolder(path: "/x", isTemporary: false)
        let options = try SettingOptions.parse(["--database-url", "postgres://host/db"])
        let effective = try options.effective(
            environment: ["SUISHA_OBJECTS_URL": "s3://host/bucket", "SUISHA_HTTP_PORT": "80"], overridden: folder.flags)
        let settings = try ServerSettings(effective)
        #expect(settings.databaseURL.revealed == "sqlite:/x/suisha.db")
        #expect(settings.objectsURL.revealed == "file:///x/objects/")
        #expect(settings.http.port == 0)
    }

    @Test("a demo without a usable file ends with a sentence")
    func demoInput() async throws {
        #expect(throws: CommandFailure.self) { try DemoInput("/nonexistent") }
        #expect(throws: CommandFailure.self) { try DemoInput("/tmp") }
        try await ServerClientTests.withFile("empty.mp3", Data()) { path in
            _ = #expect { try DemoInput(path) } throws: { "\($0)".contains("is empty") }
        }
    }

    @Test("the demo leaves what people use, and nothing else")
    func demoResults() {
        let kept = ["video.mp4", "scenes.json", "transcript.srt", "scene-1.svg", "scene-12.png"]
        let left = ["media.json", "scene-1.dot", "scene-1.mmd", "chapters.vtt", "thumbnail.png"]
        #expect(kept.allSatisfy(DemoResults.includes))
        #expect(!left.contains(where: DemoResults.includes))
    }
}
