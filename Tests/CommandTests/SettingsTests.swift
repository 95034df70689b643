import ArgumentParser
import Foundation
import Model
import Testing

@testable import suisha

@Suite("Settings")
struct SettingsTests {
    private func settings(
        flags: [String: String] = [:], environment: [String: String] = [:], yaml: String? = nil
    ) throws -> EffectiveSettings {
        EffectiveSettings(
            flags: flags, environment: environment,
            file: try yaml.map { try ConfigurationFile($0, path: "suisha.yaml") })
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test("flags win over environment, that over the file, that over defaults")
    func precedence() throws {
        let yaml = "http:\n  port: 9002\n  host: example.org\nworker:\n  slots: 7\n"
        let all = try settings(
            flags: ["http.port": "9000"], environment: ["SUISHA_HTTP_PORT": "9001", "SUISHA_HTTP_HOST": "::1"],
            yaml: yaml)
        #expect(try all.value(Settings.httpPort) == 9000)
        #expect(try all.value(Settings.httpHost) == "::1")
        #expect(try all.value(Settings.workerSlots) == 7)
        #expect(try all.value(Settings.queueDepth) == 1_000_000)
        #expect(try all.text(Settings.httpPort.declaration)?.source == .flag)
        #expect(try all.text(Settings.httpHost.declaration)?.source == .environment)
        #expect(try all.text(Settings.workerSlots.declaration)?.source == .file("suisha.yaml"))
        #expect(try all.text(Settings.queueDepth.declaration)?.source == .standard)
    }

    @Test("every setting can be set in the environment and in the file", arguments: Settings.all.map(\.key))
    func everyWay(key: String) throws {
        let declaration = try #require(Settings.all.first { $0.key == key })
        let environment = try settings(environment: [declaration.environment: "x"])
        #expect(try environment.text(declaration)?.text == "x")
        let parts = key.split(separator: ".")
        let yaml = parts.count == 2 ? "\(parts[0]):\n  \(parts[1]): x\n" : "\(key): x\n"
        #expect(try settings(yaml: yaml).text(declaration)?.text == "x")
    }

    @Test("every setting that is no secret has a flag, and secrets have none", arguments: Settings.all.map(\.key))
    func everyFlag(key: String) throws {
        let declaration = try #require(Settings.all.first { $0.key == key })
        guard let flag = declaration.flag else {
            #expect(declaration.isSecret)
            return
        }
        let options = try SettingOptions.parse(["--\(flag)", "x"])
        #expect(options.given == [key: "x"])
    }

    @Test("an empty text counts as not set")
    func empty() throws {
        let all = try settings(environment: ["SUISHA_HTTP_PORT": ""], yaml: "http:\n  port:\n")
        #expect(try all.value(Settings.httpPort) == 8080)
    }

    @Test("lists are read from YAML lists and from texts with commas")
    func lists() throws {
        let file = try settings(yaml: "fetch:\n  allow: [a.internal, 10.0.0.0/8]\n")
        #expect(try file.value(Settings.fetchAllow) == ["a.internal", "10.0.0.0/8"])
        let environment = try settings(environment: ["SUISHA_FETCH_ALLOW": "a, b,"])
        #expect(try environment.value(Settings.fetchAllow) == ["a", "b"])
    }

    @Test("an unknown key is refused with its line and the one that was meant")
    func unknownKey() {
        let text = message { _ = try settings(yaml: "http:\n  port: 1\n  hots: x\n") }
        #expect(text == "suisha.yaml, line 3: there is no setting 'http.hots'. Did you mean 'http.host'?")
        let far = message { _ = try settings(yaml: "zzzzzzzz: 1\n") }
        #expect(far.hasSuffix("'suisha config' lists all settings."))
    }

    @Test(
        "a file that is no mapping of settings is refused",
        arguments: ["- a\n", "text", "http: 8080\n", "http: [a]\n", "http:\n  port:\n    x: 1\n", "a: [\n", "\t"])
    func oddFiles(yaml: String) {
        #expect(message { _ = try settings(yaml: yaml) }.contains("suisha.yaml"))
    }

    @Test("a file without settings is fine", arguments: ["", "# nothing\n", "---\n", "http:\n"])
    func emptyFiles(yaml: String) throws {
        #expect(try settings(yaml: yaml).value(Settings.httpPort) == 8080)
    }

    @Test("a wrong value is refused with the name that was used and what it must be")
    func misfits() {
        let texts = [
            message { _ = try settings(environment: ["SUISHA_HTTP_PORT": "70000"]).value(Settings.httpPort) },
            message { _ = try settings(flags: ["worker.lease": "soon"]).value(Settings.workerLease) },
            message { _ = try settings(yaml: "limits:\n  upload: lots\n").value(Settings.uploadLimit) },
            message { _ = try settings(flags: ["analyser.engine": "gpt"]).value(Settings.analyser) },
            message { _ = try settings(flags: ["database.url": "mysql://u:secret@h/d"]).value(Settings.databaseURL) },
        ]
        #expect(texts[0] == "SUISHA_HTTP_PORT is '70000', but must be a whole number from 0 to 65535.")
        #expect(texts[1].hasPrefix("--worker-lease is 'soon', but must be a time from "))
        #expect(texts[2].hasPrefix("limits.upload in suisha.yaml is 'lots', but must be a size from "))
        #expect(texts[3] == "--analyser-engine is 'gpt', but must be rules, openai or anthropic.")
        #expect(!texts[4].contains("secret"))
    }

    @Test("settings that do not fit each other are refused")
    func crossChecks() {
        let lease = message { _ = try ServerSettings(settings(flags: ["worker.lease": "10s"])) }
        #expect(lease.contains("at least three heartbeats"))
        let model = message { _ = try ServerSettings(settings(flags: ["analyser.engine": "openai"])) }
        #expect(model.contains("analyser.model"))
        let key = message {
            _ = try ServerSettings(settings(flags: ["analyser.engine": "anthropic", "analyser.model": "m"]))
        }
        #expect(key.contains("SUISHA_ANALYSER_KEY"))
    }

    @Test("secrets are masked in what config shows")
    func masking() throws {
        let rows = try SettingRow.all(
            of: settings(environment: [
                "SUISHA_TOKEN": "hunter2", "SUISHA_ANALYSER_KEY": "hunter2",
                "SUISHA_DATABASE_URL": "postgres://me:hunter2@host/db?sslpassword=hunter2",
                "SUISHA_OBJECTS_URL": "s3://hunter2key:hunter2@host/bucket",
            ]))
        let json = try JSONText(encoding: rows).text
        #expect(!json.replacing("hunter2key", with: "").contains("hunter2"))
        #expect(json.contains("postgres://me:***@host/db?sslpassword=***"))
    }

    @Test("defaults that follow from others move with them")
    func derived() throws {
        let all = try settings(flags: ["data.folder": "/srv/x", "http.host": "0.0.0.0", "http.port": "9"])
        #expect(try all.value(Settings.databaseURL).revealed == "sqlite:/srv/x/suisha.db")
        #expect(try all.value(Settings.objectsURL).revealed.hasPrefix("file:///srv/x/objects"))
        #expect(try all.value(Settings.httpTokenFile).path == "/srv/x/token")
        #expect(try all.value(Settings.server).absoluteString == "http://127.0.0.1:9")
    }

    @Test("docs/configuration.md is what 'make docs' writes")
    func documentation() throws {
        let page = try String(contentsOf: Project.file("docs/configuration.md"), encoding: .utf8)
        #expect(page == SettingsReference.markdown, "run: make docs")
    }

    @Test(
        "times are read and written",
        arguments: [("250ms", 250), ("15s", 15_000), ("1h30m", 5_400_000), ("2d", 172_800_000), ("0s", 0)])
    func times(text: String, milliseconds: Int64) {
        #expect(TimeText.duration(text) == .milliseconds(milliseconds))
        #expect(TimeText.text(.milliseconds(milliseconds)) == text)
    }

    @Test("what is no time or size is refused", arguments: ["", "5", "s", "-1s", "1.5h", "1w", "99999999999s"])
    func noTimes(text: String) {
        #expect(TimeText.duration(text) == nil)
    }

    @Test(
        "sizes are read",
        arguments: [("2GiB", 2 << 30), ("500MB", 500_000_000), ("1024", 1_024), ("1 KiB", 1_024), ("3k", 3_000)])
    func sizes(text: String, bytes: Int64) {
        #expect(SizeText.size(text) == ByteCount(bytes))
    }

    @Test("an impossible size is refused", arguments: ["", "GiB", "-1", "1.5GB", "999999999999999TB"])
    func noSizes(text: String) {
        #expect(SizeText.size(text) == nil)
    }

    @Test("a mistyped name finds what was meant, and nonsense finds nothing")
    func nearest() {
        let names = Settings.all.map(\.key)
        #expect(NearestName.of("http.prot", among: names) == "http.port")
        #expect(NearestName.of("worker.slot", among: names) == "worker.slots")
        #expect(NearestName.of("qqqqqqqqqq", among: names) == nil)
        #expect(NearestName.distance("", "abc") == 3)
        #expect(NearestName.distance("abc", "") == 3)
        #expect(NearestName.distance("ab", "ba") == 1)
    }
}
