package import Logging
import Metrics
package import Model
import Storage

/// What has to be done for tenants from time to time. Every process may do it; what one has done the others find done.
package struct TenantUpkeep: Sendable {
    private let workspaces: WorkspaceStore
    private let quotas: QuotaLedger
    private let webhooks: WebhookStore
    private let partitions: AuditPartitions
    private let removeFiles: @Sendable (WorkspaceID) async throws -> Void
    private let logger: Logger

    /// How often ``run()`` looks.
    private static let interval: Duration = .seconds(60)
    /// Of how many rounds one counts everything anew.
    private static let roundsPerRecount = 60

    /// - Parameter removeFiles: removes what is stored outside the database for a workspace that is about to go for good; may
    ///   be called again when it fails half way.
    package init(
        workspaces: WorkspaceStore, quotas: QuotaLedger, webhooks: WebhookStore, logger: Logger,
        removeFiles: @escaping @Sendable (WorkspaceID) async throws -> Void
    ) {
        self.workspaces = workspaces
        self.quotas = quotas
        self.webhooks = webhooks
        partitions = AuditPartitions(database: workspaces.tenants.database)
        self.removeFiles = removeFiles
        self.logger = logger
    }

    /// Looks every minute until the task is cancelled.
    package func run() async {
        await attempt("plans could not be applied") {
            let count = try await workspaces.applyPlans()
            if count > 0 { logger.notice("gave workspaces what their plans give now", metadata: ["count": "\(count)"]) }
        }
        var round = 0
        while !Task.isCancelled {
            await sweep()
            if round % Self.roundsPerRecount == 0 { await recount() }
            round += 1
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Releases what lapsed, forgets what is old, removes what was deleted long enough ago, and makes next months' partitions.
    package func sweep() async {
        await attempt("lapsed reservations could not be released") {
            while try await quotas.releaseLapsed() > 0 {}
            while try await quotas.prune() > 0 {}
        }
        await attempt("old deliveries of webhooks could not be forgotten") {
            while try await webhooks.prune() > 0 {}
        }
        await attempt("partitions of the audit log could not be made; entries go to the default one") {
            for name in try await partitions.prepare() {
                logger.info("made a partition of the audit log", metadata: ["table": "\(name)"])
            }
        }
        await attempt("deleted workspaces could not be looked for") {
            for workspace in try await workspaces.purgeable() {
                await attempt("a deleted workspace could not be removed; it is tried again") {
                    try await removeFiles(workspace)
                    try await workspaces.purge(workspace)
                    logger.notice("removed a deleted workspace", metadata: ["workspace": "\(workspace)"])
                }
            }
        }
    }

    /// Counts the meters of every workspace anew. A difference is put right, counted and logged: it should not be.
    package func recount() async {
        await attempt("quotas could not be counted anew") {
            var last: WorkspaceID?
            while true {
                let page = try await workspaces.identifiers(after: last)
                guard let newest = page.last else { return }
                last = newest
                for workspace in page {
                    for drift in try await quotas.reconcile(workspace) {
                        Counter(label: MetricNames.quotaDrift, dimensions: [("meter", drift.meter)]).increment()
                        logger.error(
                            "a quota's counter was wrong and has been put right",
                            metadata: [
                                "workspace": "\(workspace)", "meter": "\(drift.meter)", "used": "\(drift.used)",
                                "reserved": "\(drift.reserved)",
                            ])
                    }
                }
            }
        }
    }

    private func attempt(_ failure: String, _ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning("\(failure)", metadata: ["reason": "\(error)"])
        }
    }
}
