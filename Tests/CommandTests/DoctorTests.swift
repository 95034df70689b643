import Engine
import Foundation
import Testing

@testable import suisha

@Suite("Examining the machine")
struct DoctorTests {
    @Test("findings keep their order, carry what to do, and a check that hangs ends")
    func examination() async {
        let checks = [
            HealthCheck("slow") {
                try await Task.sleep(for: .seconds(600))
                return "never"
            },
            HealthCheck("fine") { "all good" },
            HealthCheck("broken") { throw HealthCheck.Finding("No dot.", remedy: "apt-get install graphviz") },
        ]
        let findings = await Examination(checks: checks, limit: .milliseconds(50)).run()
        #expect(findings.map(\.name) == ["slow", "fine", "broken"])
        #expect(findings.map(\.ok) == [false, true, false])
        #expect(findings[0].detail == "There was no answer within 50ms.")
        let text = Examination.text(findings)
        #expect(text.contains("FAIL  broken  No dot.\n      to mend it: apt-get install graphviz\n"))
        #expect(text.hasSuffix("2 of 3 checks failed.\n"))
    }

    @Test("a port in use is found")
    func port() async throws {
        try await ScriptedServer.with { _, _ in
            .init()
        } _: { _, root in
            let port = try #require(URL(string: root)?.port)
            #expect(ListeningPort.state(host: "127.0.0.1", port: port) == .taken)
        }
        guard case .refused = ListeningPort.state(host: "no.such.host.invalid", port: 1) else {
            Issue.record("a host that does not exist must be refused")
            return
        }
    }
}
