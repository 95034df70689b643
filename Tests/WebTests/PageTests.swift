import Foundation
import Model
import NIOHTTP1
import Testing

@testable import Web

@Suite("Pages for people")
struct PageTests {
    @Test("the first page takes a file, speaks the reader's language, and remembers a choice")
    func languages() async throws {
        try await TestServer.with(worker: false) { server in
            let english = try await server.send(.GET, "/", as: .browser)
            #expect(english.status == 200)
            #expect(english.headers["content-type"] == ["text/html; charset=utf-8"])
            #expect(english.text.contains(#"<html lang="en""#) && english.text.contains(#"name="file""#))
            #expect(english.text.contains("Nothing here yet"))
            let japanese = try await server.send(
                .GET, "/", as: .browser, [("Accept-Language", "fr, ja-JP;q=0.9, en;q=0.8")])
            #expect(japanese.text.contains(#"<html lang="ja""#))
            let choice = try await server.send(.GET, "/language?to=ja&back=/jobs/x", as: .nobody)
            #expect(choice.headers["location"] == ["/jobs/x"])
            #expect(choice.headers["set-cookie"].first?.hasPrefix("suisha_language=ja;") == true)
            let kept = try await server.send(
                .GET, "/", as: .nobody, [("Cookie", "\(server.cookie); suisha_language=ja"), ("Accept-Language", "en")])
            #expect(kept.text.contains(#"<html lang="ja""#))
            #expect(try await server.send(.GET, "/language?to=xx", as: .nobody).status == 400)
            let away = try await server.send(.GET, "/language?to=ja&back=//evil.example", as: .nobody)
            #expect(away.headers["location"] == ["/"])
        }
    }

    @Test("its form works without scripts, and the sample too")
    func forms() async throws {
        try await TestServer.with { server in
            let form = TestForm(fields: ["kind": "ignored", "language": ""], files: [("talk.wav", "abc")])
            let sent = try await server.send("/", form: form, as: .browser)
            #expect(sent.status == 303)
            let page = try #require(sent.headers["location"].first)
            _ = try await server.wait(for: String(page.dropFirst("/jobs/".count)), toBe: [.succeeded])
            let html = try await server.send(.GET, page, as: .browser).text
            #expect(
                html.contains("talk.wav") && html.contains("<video") && html.contains("/artifacts/video.mp4?download=1")
            )

            let sample = try await server.send(.POST, "/sample", as: .browser)
            #expect(sample.status == 303)
            #expect(try await server.send(.GET, "/", as: .browser).text.contains("sample.wav"))
            let none = try await server.send(
                "/", form: TestForm(fields: ["language": ""]), as: .browser, [("Accept", "text/html")])
            #expect(none.status == 422)
            #expect(none.text.contains("<h1>"))
        }
    }

    @Test("a job's page shows its stages while it runs and can end it")
    func runningJob() async throws {
        try await TestServer.with { server in
            let id = try await server.submit("gate")
            _ = try await server.wait(for: id, toBe: [.leased])
            let html = try await server.send(.GET, "/jobs/\(id)", as: .browser).text
            #expect(html.contains(#"data-stage="end""#) && html.contains(#"action="/jobs/\#(id)/cancel""#))
            #expect(try await server.send(.POST, "/jobs/\(id)/cancel", as: .browser).status == 303)
            _ = try await server.wait(for: id, toBe: [.canceled])
            let ended = try await server.send(.GET, "/jobs/\(id)", as: .browser).text
            #expect(ended.contains("Canceled") && ended.contains(#"action="/jobs/\#(id)/retry""#))
            #expect(try await server.send(.POST, "/jobs/\(id)/retry", as: .browser).status == 303)
        }
    }

    @Test("what came from outside is text on a page, never part of it")
    func escapes() async throws {
        try await TestServer.with { server in
            let failed = try await server.submit("fail", #"{"text":"<script>alert(1)</script>"}"#)
            _ = try await server.wait(for: failed, toBe: [.dead])
            for target in ["/", "/jobs/\(failed)"] {
                let html = try await server.send(.GET, target, as: .browser).text
                #expect(!html.contains("<script>alert") && html.contains("&lt;script&gt;alert"))
            }
            let html = try await server.send(.GET, "/jobs/\(failed)", as: .browser).text
            #expect(!html.contains("<b>broken") && html.contains("Mend it."))
            let code = try await server.send(.GET, "/sign-in?code=%22%3E%3Cscript%3E", as: .nobody).text
            #expect(!code.contains("\"><script>"))
        }
    }

    @Test(
        "a job is called what its input names first",
        arguments: [
            (#"{"upload":{"name":"talk.mp3"},"text":"x"}"#, "talk.mp3"),
            (#"{"url":"https://example.com/a/b%20c.mp3?x=1"}"#, "b c.mp3"),
            (#"{"url":"https://example.com/"}"#, "example.com"),
            (#"{"text":"One thing. Another."}"#, "One thing"), (#"{"text":"在庫を確認します。次に"}"#, "在庫を確認します"),
            (#"{"text":"\#(String(repeating: "長", count: 31))"}"#, String(repeating: "長", count: 30) + "…"),
            (#"{"scenes":[]}"#, "Untitled"),
        ])
    func titles(input: String, title: String) async throws {
        try await TestServer.with(worker: false) { server in
            let id = try await server.submit("echo", input)
            let html = try await server.send(.GET, "/jobs/\(id)", as: .browser).text
            #expect(html.contains("<h1>\(title)</h1>"))
        }
    }

    @Test("long lists go on on the next page, and keep their filters")
    func paging() async throws {
        try await TestServer.with(worker: false) { server in
            for _ in 0..<51 { _ = try await server.submit("echo") }
            let html = try await server.send(.GET, "/jobs?kind=echo", as: .browser).text
            let next = try #require(html.firstMatch(of: /href="(\/jobs\?before=job%5F[0-9a-f]+&amp;kind=echo)"/))
            let path = String(next.1).replacing("&amp;", with: "&")
            let older = try await server.send(.GET, path, as: .browser).text
            #expect(older.components(separatedBy: "class=\"row\"").count == 2)
            #expect(try await server.send(.GET, "/jobs?state=done", as: .browser).text.contains("No job fits"))
            #expect(try await server.send(.GET, "/jobs?before=x", as: .browser).status == 400)
        }
    }

    @Test("several jobs are canceled at once, and brought back")
    func bulk() async throws {
        try await TestServer.with(worker: false) { server in
            var ids: [String] = []
            for _ in 0..<3 { ids.append(try await server.submit("echo")) }
            let form = TestForm(fields: [
                "change": "cancel", "back": "/jobs?kind=echo", "job[0]": ids[0], "job[1]": ids[1], "job[2]": "nonsense",
            ])
            let sent = try await server.send("/jobs/change", form: form, as: .browser)
            #expect(sent.headers["location"] == ["/jobs?kind=echo&changed=cancel&count=2&skipped=0"])
            _ = try await server.wait(for: ids[0], toBe: [.canceled])
            let cookie = try #require(sent.headers["set-cookie"].first?.split(separator: ";").first)
            let again = try await server.send(
                "/jobs/undo", form: TestForm(fields: ["change": "retry"]), as: .nobody,
                [("Cookie", "\(server.cookie); \(cookie)"), ("Sec-Fetch-Site", "same-origin")])
            #expect(again.headers["location"] == ["/jobs?changed=retry&count=2&skipped=0"])
            _ = try await server.wait(for: ids[0], toBe: [.ready])
            let other = TestForm(fields: ["change": "cancel", "workspace": "ws_\(String(repeating: "1", count: 32))"])
            #expect(try await server.send("/jobs/change", form: other, as: .browser).status == 409)
        }
    }

    @Test("the whole log comes as one file")
    func log() async throws {
        try await TestServer.with { server in
            let id = try await server.submit("echo")
            _ = try await server.wait(for: id, toBe: [.succeeded])
            let file = try await server.send(.GET, "/jobs/\(id)/log", as: .browser)
            #expect(file.status == 200)
            #expect(file.headers["content-disposition"] == ["attachment; filename=\"\(id).log\""])
            #expect(try await server.send(.GET, "/jobs/\(id)/log", as: .nobody).status == 401)
        }
    }

    @Test("a missing page is a page; the files of the pages have names that change with their content")
    func assets() async throws {
        try await TestServer.with(worker: false) { server in
            let missing = try await server.send(
                .GET, "/nothing", as: .browser, [("Accept", "text/html"), ("Accept-Language", "ja")])
            #expect(missing.status == 404)
            #expect(missing.text.contains("ここには何もありません"))
            for path in try PageAssets().paths.values {
                let file = try await server.send(.GET, path, as: .nobody)
                #expect(file.status == 200 && !file.body.isEmpty)
                #expect(file.headers["cache-control"] == ["public, max-age=31536000, immutable"])
                #expect(file.headers["vary"] == ["Accept-Encoding"] && file.headers["content-encoding"].isEmpty)
                let packed = try await server.send(.GET, path, as: .nobody, [("Accept-Encoding", "br, gzip;q=0.8")])
                // The smallest gain nothing.
                if packed.headers["content-encoding"] == ["gzip"] {
                    #expect(packed.body.starts(with: [0x1F, 0x8B]) && packed.body.count < file.body.count)
                }
            }
            #expect(try await server.send(.GET, "/assets/style.css", as: .nobody).status == 404)
            let page = try await server.send(.GET, "/", as: .browser, [("Accept-Encoding", "gzip")])
            #expect(page.headers["content-encoding"] == ["gzip"] && page.body.starts(with: [0x1F, 0x8B]))
            #expect(page.headers["vary"] == ["Cookie, Accept-Language, Accept-Encoding"])
            let plain = try await server.send(.GET, "/", as: .browser, [("Accept-Encoding", "gzip;q=0")])
            #expect(plain.headers["content-encoding"].isEmpty && plain.text.contains("<html"))
        }
    }

    @Test("scripts name each other by names that change with their content; a circle is a mistake")
    func linking() throws {
        let text = { (text: String) in Array(text.utf8) }
        let first = try PageAssets(["a.js": text(#"import "./b.js";"#), "b.js": text("1")])
        let second = try PageAssets(["a.js": text(#"import "./b.js";"#), "b.js": text("2")])
        #expect(first.paths["b_js"] != second.paths["b_js"] && first.paths["a_js"] != second.paths["a_js"])
        #expect(throws: PageAssets.CircularImport.self) {
            try PageAssets(["a.js": text(#"import "./b.js";"#), "b.js": text(#"import "./a.js";"#)])
        }
    }

    @Test("a page that is not there has the navigation for whoever is signed in, and for nobody else")
    func missingPage() async throws {
        try await TestServer.with(worker: false) { server in
            let accept = [("Accept", "text/html")]
            for path in ["/nowhere", "/jobs/job_00000000000000000000000000000000"] {
                let page = try await server.send(.GET, path, as: .browser, accept)
                #expect(page.status == 404 && page.text.contains(#"<nav class="pages""#), "\(page.text)")
            }
            let stranger = try await server.send(.GET, "/nowhere", as: .nobody, accept)
            #expect(stranger.status == 404 && !stranger.text.contains(#"<nav class="pages""#), "\(stranger.text)")
            // A cookie that is no good makes nobody known, and costs what every such cookie costs.
            let forged = try await server.send(.GET, "/nowhere", as: .nobody, accept + [("Cookie", "suisha=forged")])
            #expect(forged.status == 404 && !forged.text.contains(#"<nav class="pages""#), "\(forged.text)")
        }
    }

    @Test("both languages have the same texts with the same blanks, and templates and scripts use only those")
    func texts() throws {
        let english = try PageTexts(.english, json: PackageResources.texts_en_json)
        let japanese = try PageTexts(.japanese, json: PackageResources.texts_ja_json)
        #expect(Set(english.words.keys) == Set(japanese.words.keys))
        for (name, text) in english.words {
            let blanks = { (text: String) in Set(text.matches(of: /\{(\w+)\}/).map { String($0.1) }) }
            #expect(blanks(text) == blanks(japanese.words[name] ?? ""), "\(name)")
        }
        for (name, template) in PageRenderer.sources {
            for use in String(decoding: template, as: UTF8.self).matches(of: /text\.(\w+)/) {
                #expect(english.words[String(use.1)] != nil, "\(use.1) in \(name)")
            }
        }
        for (name, script) in PageAssets.sources {
            for use in String(decoding: script, as: UTF8.self).matches(of: /say\("(\w+)"/) {
                #expect(english.words[String(use.1)] != nil, "\(use.1) in \(name)")
            }
        }
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let document = try String(contentsOf: root.appending(path: "docs/openapi.json"), encoding: .utf8)
        for action in document.matches(of: /"action" : "([a-z_.]+)",\n\s*"written"/) {
            #expect(english.words["action_\(action.1)"] != nil, "\(action.1)")
        }
        for form in PageForms.all {
            #expect(english.words["done_\(form.operation)"] != nil, "\(form.operation)")
            for member in form.reveals {
                #expect(english.words["reveal_\(form.operation)_\(member)"] != nil, "\(form.operation), \(member)")
            }
        }
    }
}
