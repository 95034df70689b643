import ArgumentParser
import Endpoints
import Foundation
import Model
import Testing

@testable import suisha

@Suite("docs/openapi.json (C1)")
struct ReferenceDocumentTests {
    private static func document() async throws -> Data {
        let settings = try SettingOptions.parse([]).effective(environment: [:])
        return try await Server.reference(try ServerSettings(settings))
    }

    @Test("it is what 'make docs' writes, and breaks no caller of the committed one without saying so")
    func committed() async throws {
        let committed = try Data(contentsOf: Project.file("docs/openapi.json"))
        let declared = try String(contentsOf: Project.file("docs/api-changes.md"), encoding: .utf8)
        let current = try await Self.document()
        #expect(try OpenAPIChanges.undeclared(from: committed, to: current, declared: declared) == [])
        #expect(
            String(decoding: committed, as: UTF8.self) == String(decoding: current, as: UTF8.self) + "\n",
            "run: make docs")
    }

    @Test("what would break callers is found, and what would not is let through")
    func comparison() throws {
        func document(_ body: String, answer: String, path: String = "/a") throws -> JSONTree {
            let text = """
                {"paths":{"\(path)":{"post":{"operationId":"a","x-permission":"p",
                "parameters":[{"in":"query","name":"q","required":false,"schema":{"type":"string","maxLength":9}}],
                "requestBody":{"required":true,"content":{"application/json":{"schema":\(body)}}},
                "responses":{"200":{"content":{"application/json":{"schema":\(answer)}}}}}}},
                "components":{"schemas":{"N":{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"]}}}}
                """
            return try JSONDecoder().decode(JSONTree.self, from: Data(text.utf8))
        }
        let body =
            #"{"type":"object","properties":{"n":{"type":"integer","maximum":9},"m":{"type":"string","enum":["a","b"]}}}"#
        let answer = ##"{"$ref":"#/components/schemas/N"}"##
        let old = try document(body, answer: answer)
        func changes(_ new: JSONTree) -> [String] { OpenAPIComparison.breakingChanges(from: old, to: new) }
        #expect(changes(old) == [])
        #expect(changes(try document(body, answer: answer, path: "/b")) == ["POST /a: removed"])
        for (from, to, finding) in [
            (#""maximum":9"#, #""maximum":8"#, "POST /a: body.n: maximum is narrower now"),
            (#""n":{"type":"integer","maximum":9},"#, "", "POST /a: body.n: removed"),
            (#"["a","b"]"#, #"["a"]"#, "POST /a: body.m: fewer values are taken"),
            (#""type":"object","#, #""type":"object","required":["n"],"#, "POST /a: body.n: required now"),
            (
                #"{"type":"integer","maximum":9}"#, #"{"type":"string"}"#,
                "POST /a: body.n: the type changed from integer to string"
            ),
        ] {
            #expect(changes(try document(body.replacing(from, with: to), answer: answer)) == [finding])
        }
        // Wider bounds and new optional members are no break; neither are new members of answers.
        let wider = body.replacing(#""maximum":9"#, with: #""maximum":10"#).replacing(
            #"["a","b"]"#, with: #"["a","b","c"]"#)
        let more = #"{"type":"object","properties":{"x":{"type":"integer"},"y":{"type":"string"}},"required":["x"]}"#
        #expect(changes(try document(wider, answer: more)) == [])
        let less = #"{"type":"object","properties":{"x":{"type":"integer"}}}"#
        #expect(changes(try document(body, answer: less)) == ["POST /a: answer 200.x: may be left out now"])
        let none = #"{"type":"object","properties":{}}"#
        #expect(changes(try document(body, answer: none)) == ["POST /a: answer 200.x: removed"])
    }
}
