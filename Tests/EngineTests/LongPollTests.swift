import Endpoints
import Model
import Testing

@testable import Engine

@Suite("A9: requests that wait for jobs")
struct LongPollTests {
    @Test("beyond the bound of a workspace, or of all, a request is told to come back")
    func bounds() async throws {
        let polls = LongPolls(total: 3, perWorkspace: 2)
        let (one, other) = (WorkspaceID(), WorkspaceID())
        func isRefused(_ workspace: WorkspaceID) async throws -> Bool {
            do {
                try await polls.wait(in: workspace) {}
                return false
            } catch let problem as Problem {
                #expect(problem.kind == .unavailable && problem.retryAfter != nil)
                return true
            }
        }
        try await polls.wait(in: one) {
            #expect(try await isRefused(one) == false)
            try await polls.wait(in: one) {
                #expect(try await isRefused(one))
                #expect(try await isRefused(other) == false)
                let isFull = try await polls.wait(in: other) { try await isRefused(WorkspaceID()) }
                #expect(isFull)
            }
        }
        #expect(try await isRefused(one) == false)
    }

    @Test("a request that fails gives its place back")
    func failures() async throws {
        let polls = LongPolls(total: 1, perWorkspace: 1)
        for _ in 0..<3 {
            await #expect(throws: CancellationError.self) {
                try await polls.wait(in: .local) { throw CancellationError() }
            }
        }
    }
}
