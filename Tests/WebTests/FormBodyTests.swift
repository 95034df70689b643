import Endpoints
import Model
import Testing

@testable import Web

@Suite("Fields of forms as bodies of operations")
struct FormBodyTests {
    private let schema = Schema.object([
        .init("name", .string(), required: true, "A name."), .init("note", .nullable(.string()), "A note."),
        .init("rank", .integer(minimum: 1, maximum: 9), "A number."), .init("enabled", .boolean, "A switch."),
        .init("events", .array(of: .string()), "A list."), .init("input", .any, "Anything."),
    ])

    @Test("each field becomes what the schema says; empty ones are left out, and boxes that are not ticked are false")
    func values() throws {
        let body = try FormBody(fields: [
            "name": "", "note": "", "rank": "3", "events[12]": "b", "events[2]": "a", "input": #"{"a": [1, null]}"#,
            "workspace": "not a member",
        ]).json(for: schema)
        #expect(
            body == [
                "name": "", "rank": 3, "enabled": false, "events": ["a", "b"], "input": ["a": [1, .null]],
            ])
        let ticked = try FormBody(fields: ["enabled": "on", "note": "two\r\nlines"]).json(for: schema)
        #expect(ticked == ["enabled": true, "note": "two\nlines", "events": []])
    }

    @Test("what cannot be read names its field", arguments: [("rank", "many"), ("input", "{")])
    func refusals(field: String, text: String) {
        let problem = #expect(throws: Problem.self) { try FormBody(fields: [field: text]).json(for: schema) }
        #expect(problem?.field == field && problem?.kind == .unprocessable)
    }
}
