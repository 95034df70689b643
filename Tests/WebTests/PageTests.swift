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
            #expect(english.text.contains(#"<html lang="en">"#) && english.text.contains(#"name="file""#))
            #expect(english.text.contains("Nothing here yet"))
            let japanese = try await server.send(
                .GET, "/", as: .browser, [("Accept-Language", "fr, ja-JP;q=0.9, en;q=0.8")])
            #expect(japanese.text.contains(#"<html lang="ja">"#))
            let choice = try await server.send(.GET, "/language?to=ja&back=/jobs/x", as: .nobody)
            #expect(choice.headers["location"] == ["/jobs/x"])
            #expect(choice.headers["set-cookie"].first?.hasPrefix("suisha_language=ja;") == true)
            let kept = try await server.send(
                .GET, "/", as: .nobody, [("Cookie", "\(server.cookie); suisha_language=ja"), ("Accept-Language", "en")])
            #expect(kept.text.contains(#"<html lang="ja">"#))
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

    @Test("long lists go on on the next page")
    func paging() async throws {
        try await TestServer.with(worker: false) { server in
            for _ in 0..<21 { _ = try await server.submit("echo") }
            let html = try await server.send(.GET, "/", as: .browser).text
            let next = try #require(html.firstMatch(of: /href="(\/\?before=job_[0-9a-f]+)"/))
            let older = try await server.send(.GET, String(next.1), as: .browser).text
            #expect(older.components(separatedBy: "class=\"row\"").count == 2)
        }
    }

    @Test("a missing page is a page; the files of the pages are cached by their content")
    func assets() async throws {
        try await TestServer.with(worker: false) { server in
            let missing = try await server.send(
                .GET, "/nothing", as: .browser, [("Accept", "text/html"), ("Accept-Language", "ja")])
            #expect(missing.status == 404)
            #expect(missing.text.contains("ここには何もありません"))
            for name in [
                "style.css", "icon.svg", "home.js", "job.js", "player.js", "live.js", "format.js", "sign-in.js",
            ] {
                let file = try await server.send(.GET, "/assets/\(name)", as: .nobody)
                #expect(file.status == 200 && !file.body.isEmpty)
                let tag = try #require(file.headers["etag"].first)
                #expect(
                    try await server.send(.GET, "/assets/\(name)", as: .nobody, [("If-None-Match", tag)]).status == 304)
            }
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
        let templates = [
            PackageResources.layout_mustache, PackageResources.home_mustache, PackageResources.job_mustache,
            PackageResources.job_row_mustache, PackageResources.sign_in_mustache, PackageResources.problem_mustache,
            PackageResources.reference_mustache,
        ]
        for template in templates {
            for use in String(decoding: template, as: UTF8.self).matches(of: /text\.(\w+)/) {
                #expect(english.words[String(use.1)] != nil, "\(use.1)")
            }
        }
        let scripts = [
            PackageResources.home_js, PackageResources.job_js, PackageResources.player_js, PackageResources.format_js,
        ]
        for script in scripts {
            for use in String(decoding: script, as: UTF8.self).matches(of: /say\("(\w+)"/) {
                #expect(english.words[String(use.1)] != nil, "\(use.1)")
            }
        }
    }
}
