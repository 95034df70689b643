import Endpoints
import Foundation
import Model
import Testing

@Suite("Types describe themselves (C1)")
struct SchemaTests {
    private struct Sample: Codable, Documented {
        let name: Text<1, 20>
        let title: Line<0, 100>?
        let count: Whole<-5, 10>
        let mode: DependencyPolicy
        let tags: Many<String, 0, 3>?
        let parts: [Part]
        let job: JobID
        let at: Timestamp?
        let input: JSONText
        let caps: [String: Whole<1, 9>]?
        let share: Double
        let on: Bool

        struct Part: Codable {
            let first: Int64
            let holder: Int?

            private enum CodingKeys: String, CodingKey {
                case first
                case holder = "the_holder"
            }
        }

        static let meanings = ["name": "What it is called."]
    }

    @Test("a struct's schema is what it reads: names, types, bounds, and which members may be left out")
    func sample() {
        let expected: Schema = .object([
            .init("name", .string(minimumLength: 1, maximumLength: 20), required: true, "What it is called."),
            .init("title", .string(maximumLength: 100, pattern: #"^[^\u0000-\u001f\u007f-\u009f]*$"#), ""),
            .init("count", .integer(minimum: -5, maximum: 10), required: true, ""),
            .init("mode", .string(values: ["cancel", "run"]), required: true, ""),
            .init("tags", .array(of: .string(), maximumItems: 3), ""),
            .init(
                "parts",
                .array(
                    of: .object([
                        .init("first", .integer(), required: true, ""), .init("the_holder", .integer(), ""),
                    ])), required: true, ""),
            .init("job", .string(pattern: "^job_[0-9a-f]{32}$"), required: true, ""),
            .init("at", .string(format: "date-time"), ""),
            .init("input", .any, required: true, ""),
            .init("caps", .map(of: .integer(minimum: 1, maximum: 9)), ""),
            .init("share", .number(), required: true, ""),
            .init("on", .boolean, required: true, ""),
        ])
        #expect(Schema(of: Sample.self) == expected)
    }

    @Test("what the encoder writes has the form that the schema declares")
    func encoded() throws {
        let text = """
            {"at":"2026-03-01T12:00:00.000Z","caps":{"a":1},"count":-5,"input":{"x":[1]},
            "job":"job_0193f0a1c2d37abc8def0123456789ab","mode":"run","name":"a","on":false,
            "parts":[{"first":1,"the_holder":2}],"share":0.5,"tags":["x"],"title":"t"}
            """
        let value = try JSONDecoder().decode(Sample.self, from: Data(text.utf8))
        let encoded = try JSONEncoder().encode(value)
        try StrictJSON().check(encoded, against: Schema(of: Sample.self))
        let members = try #require(try JSONSerialization.jsonObject(with: encoded) as? [String: Any])
        guard case .object(let properties) = Schema(of: Sample.self) else { throw Unexpected() }
        #expect(Set(members.keys) == Set(properties.map(\.name)))
    }

    @Test(
        "values out of bounds are refused with the name of their field",
        arguments: [
            (#""name":"""#, "name"), (#""name":"123456789012345678901""#, "name"), (#""count":11"#, "count"),
            (#""tags":["a","b","c","d"]"#, "tags"), (#""title":"a\u0007""#, "title"), (#""caps":{"a":0}"#, "caps.a"),
        ])
    func bounds(member: String, field: String) throws {
        var members = [
            "name": #""a""#, "count": "1", "mode": #""run""#, "parts": "[]",
            "job": #""job_0193f0a1c2d37abc8def0123456789ab""#, "input": "{}", "share": "1", "on": "true",
        ]
        let parts = member.split(separator: ":", maxSplits: 1)
        members[String(parts[0]).replacing("\"", with: "")] = String(parts[1])
        let body = "{" + members.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
        let request = EndpointRequest(principal: .local, requestID: "r", body: .json(Data(body.utf8)))
        let problem = #expect(throws: Problem.self) { try request.json(Sample.self) }
        #expect(problem?.kind == .unprocessable)
        #expect(problem?.field == field)
    }

    @Test("lengths count code points, as in JSON Schema")
    func codePoints() {
        #expect(Text<1, 2>("e\u{301}") != nil)
        #expect(Text<1, 1>("e\u{301}") == nil)
    }

    private struct Endless: Decodable { let next: [Endless] }

    @Test("a type that cannot be described does not let the server start")
    func endless() {
        let endpoint = Endpoint(
            .post, "/x", id: "x", summary: "x", access: .open, accepts: [.body(Endless.self)], answers: []
        ) { _ in .init(status: 204) }
        let refusal = #expect(throws: UndeclaredSchema.self) {
            try OpenAPIDocument(title: "", description: "", version: "", endpoints: [endpoint], schemas: [:])
        }
        #expect(refusal?.description.contains("it holds itself") == true)
    }

    @Test("request bodies are closed in the document and take null for what may be left out; answers are open")
    func closed() {
        let schema: Schema = .object([.init("a", .integer(), ""), .init("b", .boolean, required: true, "")])
        #expect(schema.closedJSON["additionalProperties"] == false)
        #expect(
            schema.closedJSON["properties"]?["a"] == ["anyOf": [["type": "integer"], ["type": "null"]]])
        #expect(schema.json["additionalProperties"] == nil)
        #expect(schema.json["properties"]?["a"] == ["type": "integer"])
    }

    private struct Unexpected: Error {}
}
