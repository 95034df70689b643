import Endpoints
import Model
import Testing

@Suite("What operations declare for the audit log (B8, C1)")
struct AuditDeclarationTests {
    private func endpoint(_ method: Endpoint.Method, _ audit: Endpoint.Audit?) -> Endpoint {
        Endpoint(
            method, "/x/{a}/y/{b}", id: "x", summary: "x", access: .open, audit: audit,
            parameters: [
                .init(.path, "a", .string(), "A."), .init(.path, "b", .string(), "B."),
                .init(.query, "c", .string(), "C."),
            ], answers: []
        ) { _ in .init(status: 204) }
    }

    @Test(
        "what could change something says what the log has of it, or the server does not start",
        arguments: [Endpoint.Method.post, .put, .patch, .delete])
    func required(method: Endpoint.Method) throws {
        let refusal = #expect(throws: Endpoint.UndeclaredAudit.self) {
            try Endpoint.checkAudit(of: [endpoint(.get, nil), endpoint(method, nil)])
        }
        #expect(refusal?.description.contains("'x'") == true)
        for audit in [Endpoint.Audit.own("a.b"), .entry("a.b"), .none("Why.")] {
            try Endpoint.checkAudit(of: [endpoint(method, audit)])
        }
    }

    @Test("the document tells it")
    func document() throws {
        func audit(_ audit: Endpoint.Audit?) throws -> JSONTree? {
            let document = try OpenAPIDocument(
                title: "", description: "", version: "", endpoints: [endpoint(.post, audit)], schemas: [:])
            return document.json["paths"]?["/x/{a}/y/{b}"]?["post"]?["x-audit"]
        }
        #expect(try audit(.own("a.b")) == ["written": "own", "action": "a.b"])
        #expect(try audit(.entry("a.b")) == ["written": "entry", "action": "a.b"])
        #expect(try audit(.none("Why.")) == ["written": "none", "reason": "Why."])
        #expect(try audit(nil) == nil)
    }

    @Test("what a path names is the target")
    func target() {
        #expect(endpoint(.post, nil).target(in: ["a": "1", "b": "2", "c": "3"]) == "1/2")
        #expect(endpoint(.post, nil).target(in: [:]) == nil)
    }
}
