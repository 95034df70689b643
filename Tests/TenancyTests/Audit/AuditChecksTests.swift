import Conformance
import Endpoints
import Model
import Testing

@testable import Tenancy

@Suite("Checks of an audit log (B6, B8)")
struct AuditChecksTests {
    @Test("of one log one check runs at a time, of two logs both do, and after a failure there is room again")
    func alone() async throws {
        let checks = AuditChecks()
        let (here, there) = (WorkspaceID(), WorkspaceID())
        try await checks.alone(in: here) {
            let problem = await #expect(throws: Problem.self) { try await checks.alone(in: here) {} }
            #expect(problem?.kind == .tooMany && problem?.retryAfter != nil)
            try await checks.alone(in: there) {}
        }
        await #expect(throws: CancellationError.self) {
            try await checks.alone(in: here) { throw CancellationError() }
        }
        try await checks.alone(in: here) {}
    }

    @Test("a check has a limit of its own, of a few a minute")
    func limit() async throws {
        try await TenantTrial.run(.sqlite) { trial in
            let verify = try #require(AuditEndpoints(log: trial.audit).all.first { $0.id == "verifyAudit" })
            #expect(verify.rateClass == .auditCheck)
            #expect(try #require(Endpoint.RateClass.auditCheck.usualCallsPerMinute) <= 5)
        }
    }
}
