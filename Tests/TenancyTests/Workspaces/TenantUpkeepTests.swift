import Conformance
import Endpoints
import Foundation
import Logging
import Model
import Storage
import Synchronization
import Tenancy
import Testing

@Suite("What is done for tenants from time to time (B3, B5, B8)")
struct TenantUpkeepTests {
    @Test("a sweep releases, forgets, removes and makes ready; a recount puts right", arguments: DatabaseFixture.all)
    func sweep(fixture: DatabaseFixture) async throws {
        try await TenantTrial.run(fixture) { trial in
            let webhooks = WebhookStore(
                trial.tenants, vault: try Vault([Secret(String(repeating: "k", count: 40))]))
            let removed = Mutex<[WorkspaceID]>([])
            let upkeep = TenantUpkeep(
                workspaces: trial.workspaces, quotas: trial.quotas, webhooks: webhooks,
                logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() },
                removeFiles: { workspace in removed.withLock { $0.append(workspace) } })
            let (going, staying) = (try await trial.company("Going"), try await trial.company("Staying"))
            _ = try await trial.workspaces.delete(by: going.boss())
            try await trial.quotas.reserve(
                5, of: .processingMilliseconds, for: "lost", lifetime: .seconds(10), in: staying.id)
            await upkeep.sweep()
            #expect(removed.withLock { $0 }.isEmpty)
            trial.trial.clock.advance(by: .seconds(31 * 86_400))
            await upkeep.sweep()
            #expect(removed.withLock { $0 } == [going.id])
            await expectProblem(.notFound) { _ = try await trial.workspaces.workspace(going.id) }
            let open = try await trial.database.read { connection throws(StorageError) in
                try connection.row("SELECT COUNT(*) AS n FROM quota_reservation WHERE state = 'open'").integer("n")
            }
            #expect(open == 0)
            trial.trial.clock.advance(by: .seconds(46 * 86_400))
            await upkeep.sweep()
            let kept = try await trial.database.read { connection throws(StorageError) in
                try connection.row("SELECT COUNT(*) AS n FROM quota_reservation").integer("n")
            }
            #expect(kept == 0)
            _ = try await trial.database.write { connection throws(StorageError) in
                try connection.execute("UPDATE quota_counter SET used = 9 WHERE meter = 'projects'")
            }
            await upkeep.recount()
            let counters = try await trial.quotas.counters(of: staying.id)
            #expect(counters.first { $0.meter == "projects" }?.used == 0)
        }
    }
}
