import Conformance
import Endpoints
import Model
import Storage
import Tenancy
import Testing

@Suite("Refusals on their way to the audit log (B8)")
struct AuditInboxTests {
    private func refusal(_ number: Int, to caller: Caller) -> AuditRecord {
        AuditRecord(refused: "jobs.submit", to: caller, target: "\(number)", reason: "no")
    }

    @Test(
        "refusals of several workspaces are in their logs, in order and in few transactions",
        arguments: DatabaseFixture.all)
    func batches(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let inbox = AuditInbox(database: trial.database, logger: AccountTrial.logger)
            let callers = [Caller.server(in: WorkspaceID()), Caller.server(in: WorkspaceID())]
            for number in 0..<700 {
                let caller = callers[number % 2]
                inbox.add(refusal(number, to: caller), in: caller.workspace)
            }
            try await inbox.flush()
            for (index, caller) in callers.enumerated() {
                let entries = try await trial.audit.entries(in: caller.workspace, limit: 1_000)
                #expect(entries.reversed().map(\.target) == (0..<350).map { "\($0 * 2 + index)" })
                // All of one transaction were written at one moment.
                #expect(Set(entries.map(\.at)).count == 1)
                #expect(try await trial.audit.verify(caller.workspace).problem == nil)
            }
        }
    }

    @Test("what is beyond the bound is dropped, and an entry says how much", arguments: DatabaseFixture.all)
    func full(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let inbox = AuditInbox(database: trial.database, capacity: 10, logger: AccountTrial.logger)
            let caller = Caller.server(in: WorkspaceID())
            for number in 0..<25 { inbox.add(refusal(number, to: caller), in: caller.workspace) }
            try await inbox.flush()
            #expect(try await trial.audit.entries(in: caller.workspace).count == 10)
            let note = try #require(
                try await trial.audit.entries(in: .local, filter: .init(action: "audit.entries_dropped")).first)
            #expect(note.detail.text.contains("\"15\""))
            // There is room again.
            inbox.add(refusal(25, to: caller), in: caller.workspace)
            try await inbox.flush()
            #expect(try await trial.audit.entries(in: caller.workspace).first?.target == "25")
        }
    }

    @Test(
        "of what one caller does many times a minute the first are entries and the rest is a count",
        arguments: DatabaseFixture.all)
    func counts(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let inbox = AuditInbox(database: trial.database, logger: AccountTrial.logger)
            let (busy, calm) = (Caller.server(in: WorkspaceID()), Caller.server(in: WorkspaceID()))
            for number in 0..<100_000 { inbox.take(AuditDeed("job.submitted", by: busy, to: ["job \(number)"])) }
            inbox.take(AuditDeed("job.submitted", by: calm, to: ["one", "two"]))
            try await inbox.flush()
            let entries = try await trial.audit.entries(in: busy.workspace, limit: 1_000)
            #expect(entries.dropFirst().reversed().map(\.target) == (0..<100).map { "job \($0)" })
            let count = try #require(entries.first).detail.decode([String: String].self)
            #expect(count["times"] == "99900" && count["first"] == "job 100" && count["last"] == "job 99999")
            let one = try #require(try await trial.audit.entries(in: calm.workspace).first)
            #expect(one.target == nil)
            #expect(
                try one.detail.decode([String: String].self) == ["items": "2", "first": "one", "last": "two"])
            #expect(try await trial.audit.verify(busy.workspace).problem == nil)
        }
    }

    @Test("what is done while nothing can be written is counted and not lost")
    func countedWhenFull() async throws {
        try await TenantTrial.run(.sqlite) { trial in
            let inbox = AuditInbox(database: trial.database, capacity: 10, logger: AccountTrial.logger)
            let caller = Caller.server(in: WorkspaceID())
            for number in 0..<50 { inbox.take(AuditDeed("cap.set", by: caller, to: ["\(number)"])) }
            try await inbox.flush()
            let entries = try await trial.audit.entries(in: caller.workspace)
            #expect(entries.count == 11)
            #expect(try #require(entries.first).detail.decode([String: String].self)["times"] == "40")
            #expect(try await trial.audit.entries(in: .local).isEmpty)
        }
    }

    @Test("the writer writes by itself, and what is left when it stops", arguments: DatabaseFixture.all)
    func writer(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let inbox = AuditInbox(database: trial.database, logger: AccountTrial.logger)
            let caller = Caller.server(in: WorkspaceID())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await inbox.run() }
                inbox.add(refusal(0, to: caller), in: caller.workspace)
                try await eventually("the refusal is in the log") {
                    try await trial.audit.entries(in: caller.workspace).count == 1
                }
                for number in 1...20 { inbox.add(refusal(number, to: caller), in: caller.workspace) }
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(try await trial.audit.entries(in: caller.workspace).count == 21)
        }
    }

    @Test("without its database it keeps what it has, and a refused sign-in is refused all the same")
    func away() async throws {
        try await TenantTrial.run(.sqlite) { trial in
            let inbox = AuditInbox(database: trial.database, logger: AccountTrial.logger)
            let caller = Caller.server(in: WorkspaceID())
            await trial.database.close()
            inbox.add(refusal(0, to: caller), in: caller.workspace)
            for _ in 0..<2 { await #expect(throws: StorageError.self) { try await inbox.flush() } }
        }
    }
}
