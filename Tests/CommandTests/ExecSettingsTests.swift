import Engine
import Foundation
import Model
import Testing

@testable import suisha

@Suite("Commands in the configuration file (A8)")
struct ExecSettingsTests {
    private func settings(_ yaml: String) throws -> ServerSettings {
        try ServerSettings(EffectiveSettings(file: ConfigurationFile(yaml, path: "suisha.yaml")))
    }

    @Test("commands become kinds of jobs beside the built-in ones, and settings beside them hold")
    func kinds() throws {
        let settings = try settings(
            """
            http:
              port: 9000
            fetch:
              allow: [a.internal, 10.0.0.0/8]
            exec:
              - kind: count-words
                command: [sh, -c, "cat"]
                timeout: 90s
                attempts: 2
                network: true
              - {kind: other, command: [/bin/true], summary: "Does nothing"}
            """)
        #expect(settings.http.port == 9000)
        #expect(settings.fetchAllow == ["a.internal", "10.0.0.0/8"])
        let kinds = Workloads.configured(settings).flatMap(\.kinds)
        let words = try #require(kinds.first { $0.name == "count-words" })
        #expect(words.maxAttempts == 2 && words.timeout == .seconds(90))
        #expect(kinds.contains { $0.name == "other" && $0.summary == "Does nothing" })
        #expect(kinds.contains { $0.name == "transcribe" })
        #expect(Workloads.checks(settings).map(\.name).contains("exec count-words"))
    }

    @Test(
        "a file with commands alone, and one with an empty list, are files too",
        arguments: [
            "exec:\n  - kind: a\n    command: [sh]\n", "exec:\n", "exec: []\n",
        ])
    func alone(yaml: String) throws {
        let settings = try settings(yaml)
        #expect(settings.http.port == 8080)
        #expect(settings.commands.count == (yaml.contains("kind") ? 1 : 0))
    }

    @Test(
        "what is wrong is said with the file, the kind and the field",
        arguments: [
            ("exec:\n  - command: [sh]\n", "suisha.yaml: exec, entry 1, kind: is missing"),
            ("exec:\n  - kind: a\n", "suisha.yaml: exec, 'a', command: is missing"),
            ("exec:\n  - kind: a\n    command: [/nonexistent/x]\n", "suisha.yaml: exec, 'a', command: the program"),
            ("exec:\n  - kind: a\n    command: [sh]\n    timout: 5s\n", "suisha.yaml: exec, 'a', timout: there is no"),
            ("exec:\n  - kind: transcribe\n    command: [sh]\n", "exec, 'transcribe', kind: there is a kind"),
            ("exec:\n  kind: a\n", "suisha.yaml, line 2: 'exec' must be a list"),
            ("exec: sh\n", "'exec' must be a list"),
            ("exec:\n  - kind: a\n    command: {a: b}\n", "entry 1, 'command' must be a value or a list of values"),
            ("exec:\n  - sh\n", "entry 1 must be a value or a list"),
        ] as [(String, String)])
    func wrong(yaml: String, says: String) {
        let error = #expect(throws: SettingError.self) { _ = try settings(yaml) }
        #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
    }
}
