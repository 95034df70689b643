package import Logging
import Metrics
import Model
import Storage
import Synchronization

/// Sends the deliveries of webhooks. Any number of processes may do so at once.
///
/// A process claims a webhook for a while and sends some of what is due to it, several at a time; so a receiver that answers
/// slowly holds up its own deliveries and no others. What a process leaves behind when it dies another sends when the claim
/// is over: a receiver may get a delivery twice, and knows it by its id.
package struct WebhookDispatcher: Sendable {
    /// How much at once, and for how long.
    package struct Settings: Sendable {
        /// Webhooks at once.
        package var webhooks: Int = 8
        /// Deliveries of one webhook at once.
        package var parallel: Int = 4
        /// Deliveries of one webhook before another has its turn.
        package var turn: Int = 20
        /// How long a receiver may take.
        package var timeout: Duration = .seconds(15)
        /// How long it waits for a signal at most; also how often it looks for what a signal missed.
        package var idle: Duration = .seconds(30)

        package init() {}
    }

    let store: WebhookStore
    let sender: any WebhookSender
    let settings: Settings
    let logger: Logger
    let chance: @Sendable () -> Double

    private var database: any SQLDatabase { store.tenants.database }

    package init(
        store: WebhookStore, sender: any WebhookSender, settings: Settings = .init(),
        logger: Logger = Logger(label: "suisha.webhooks"),
        chance: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) {
        self.store = store
        self.sender = sender
        self.settings = settings
        self.logger = logger
        self.chance = chance
    }

    /// Sends what is due until the task is cancelled. What is under way then goes on by another process, or by this one after
    /// its next start.
    package func run() async {
        let bell = Bell()
        let busy = BusyCount()
        var repairedAt: ContinuousClock.Instant?
        await withDiscardingTaskGroup { group in
            group.addTask { for await _ in database.signals(for: WebhookStore.signal) { bell.ring() } }
            while !Task.isCancelled {
                var wait = settings.idle
                do {
                    if repairedAt.map({ .now - $0 >= settings.idle }) ?? true {
                        try await repair()
                        repairedAt = .now
                    }
                    // A receiver that is slow keeps its place; the others change.
                    for claim in try await claim(limit: settings.webhooks - busy.value) {
                        busy.add(1)
                        group.addTask {
                            await finish(claim)
                            busy.add(-1)
                            bell.ring()
                        }
                    }
                    if busy.value < settings.webhooks { wait = try await untilDue() }
                } catch {
                    guard !Task.isCancelled else { break }
                    logger.warning("webhooks could not be looked at", metadata: ["reason": "\(error)"])
                    wait = .seconds(5)
                }
                _ = await bell.wait(until: .now + min(max(wait, .milliseconds(50)), settings.idle))
            }
            group.cancelAll()
        }
    }

    private func finish(_ claim: Claim) async {
        do {
            try await send(claim)
        } catch {
            guard !Task.isCancelled else { return }
            logger.warning(
                "a webhook's deliveries could not be recorded; they are sent again when its claim is over",
                metadata: ["webhook": "\(claim.webhook)", "reason": "\(error)"])
        }
    }

    private func untilDue() async throws -> Duration {
        try await database.read { connection throws(StorageError) in
            let row = try connection.row(
                """
                SELECT MIN(CASE WHEN claimed_until > due_at THEN claimed_until ELSE due_at END) AS due, now_us() AS now
                FROM webhook WHERE due_at IS NOT NULL AND is_enabled = 1
                """)
            guard let due = try row.optionalTime("due") else { return settings.idle }
            return due - (try row.time("now"))
        }
    }

    /// Sends some of what is due now; returns to how many webhooks.
    package func sendDue() async throws -> Int {
        let claims = try await claim(limit: settings.webhooks)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for claim in claims { group.addTask { try await send(claim) } }
            try await group.waitForAll()
        }
        return claims.count
    }

    // MARK: Claims

    /// A webhook that this process sends to for a while.
    private struct Claim: Sendable {
        let workspace: WorkspaceID
        let webhook: WebhookID
        let number: Int64
        let url: String
        let secrets: [WebhookSecret]
        let deliveries: [WebhookDelivery]
    }

    /// Long enough for a turn in which every receiver takes all its time.
    private var claimTime: Duration {
        settings.timeout * ((settings.turn + settings.parallel - 1) / settings.parallel) + .seconds(30)
    }

    private func claim(limit: Int) async throws -> [Claim] {
        guard limit > 0 else { return [] }
        return try await database.write { connection throws(StorageError) in
            // Index: webhook_due.
            let rows = try connection.query(
                """
                UPDATE webhook SET claim = claim + 1, claimed_until = now_us() + $1 WHERE (workspace, id) IN (
                    SELECT workspace, id FROM webhook
                    WHERE due_at <= now_us() AND is_enabled = 1 AND claimed_until <= now_us()
                    ORDER BY due_at LIMIT \(limit) \(connection.dialect.skipLocked))
                RETURNING workspace, id, claim, url, secret, previous_secret, previous_until, now_us() AS now
                """, [.integer(claimTime.microseconds)])
            var claims: [Claim] = []
            for row in rows { claims.append(try claim(row, on: connection)) }
            return claims
        }
    }

    private func claim(_ row: SQLRow, on connection: any SQLConnection) throws(StorageError) -> Claim {
        let (workspace, id): (WorkspaceID, WebhookID) = (try row.id("workspace"), try row.id("id"))
        var sealed = [try row.text("secret")]
        if let previous = try row.optionalText("previous_secret"), let until = try row.optionalTime("previous_until"),
            until > (try row.time("now"))
        {
            sealed.append(previous)
        }
        let secrets = sealed.compactMap { text in
            (try? store.vault.open(text, for: WebhookStore.place(id))).flatMap(WebhookSecret.init)
        }
        var deliveries: [WebhookDelivery] = []
        // Index: webhook_delivery_due.
        for row in try connection.query(
            """
            SELECT \(WebhookDelivery.columns) FROM webhook_delivery
            WHERE workspace = $1 AND webhook = $2 AND due_at IS NOT NULL AND due_at <= now_us()
            ORDER BY due_at LIMIT \(settings.turn)
            """, [SQLValue(workspace), SQLValue(id)])
        {
            deliveries.append(try WebhookDelivery(row))
        }
        return Claim(
            workspace: workspace, webhook: id, number: try row.integer("claim"), url: try row.text("url"),
            secrets: secrets, deliveries: deliveries)
    }

    // MARK: Sending

    private func send(_ claim: Claim) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var waiting = claim.deliveries[...]
            for _ in 0..<settings.parallel {
                guard let delivery = waiting.popFirst() else { break }
                group.addTask { try await attempt(delivery, claim) }
            }
            while try await group.next() != nil {
                if let delivery = waiting.popFirst() { group.addTask { try await attempt(delivery, claim) } }
            }
        }
        try await release(claim)
    }

    private func attempt(_ delivery: WebhookDelivery, _ claim: Claim) async throws {
        let outcome: WebhookOutcome
        if claim.secrets.isEmpty {
            outcome = .failed(
                status: nil, problem: "Its secret cannot be read with this server's keys; make a new one.")
        } else {
            let now = try await database.read { connection throws(StorageError) in
                try connection.row("SELECT now_us() AS now").time("now")
            }
            let headers =
                [("content-type", "application/json"), ("user-agent", "Suisha-Webhooks/1")]
                + WebhookSignature.headers(
                    id: delivery.message, at: now, body: delivery.payload.text, secrets: claim.secrets)
            let answer: Result<Int, any Error>
            do {
                answer = .success(
                    try await sender.post(
                        delivery.payload.text, to: claim.url, headers: headers, timeout: settings.timeout))
            } catch {
                // The end of this process is no fault of the receiver's.
                try Task.checkCancellation()
                answer = .failure(error)
            }
            outcome = WebhookOutcome(attempt: delivery.attempts + 1, answer: answer, chance: chance())
        }
        try await record(outcome, of: delivery, claim)
    }

    private func record(_ outcome: WebhookOutcome, of delivery: WebhookDelivery, _ claim: Claim) async throws {
        let change = Change(outcome)
        Counter(label: MetricNames.webhookAttempts, dimensions: [("outcome", change.name)]).increment()
        try await database.write { connection throws(StorageError) in
            // Whoever lost the claim records nothing: another sends by now.
            let changed = try connection.execute(
                """
                UPDATE webhook_delivery SET state = $4, attempt = attempt + 1, status = $5, problem = $6,
                    due_at = CASE WHEN $4 = 'pending' THEN now_us() + $7 END,
                    finished_at = CASE WHEN $4 <> 'pending' THEN now_us() END
                WHERE workspace = $1 AND id = $2 AND state = 'pending' AND EXISTS (
                    SELECT 1 FROM webhook w WHERE w.workspace = $1 AND w.id = webhook_delivery.webhook AND w.claim = $3)
                """,
                [
                    SQLValue(claim.workspace), SQLValue(delivery.id), .integer(claim.number), .text(change.state),
                    SQLValue(change.status.map { Int64($0) }), SQLValue(change.problem),
                    .integer(change.wait.microseconds),
                ])
            guard changed == 1, let reason = change.endsWebhook else { return }
            let disabled = try connection.execute(
                """
                UPDATE webhook SET is_enabled = 0, due_at = NULL, problem = $3, updated_at = now_us()
                WHERE workspace = $1 AND id = $2 AND is_enabled = 1
                """, [SQLValue(claim.workspace), SQLValue(claim.webhook), .text(reason)])
            guard disabled == 1 else { return }
            try connection.audit(
                AuditRecord(
                    "webhook.disabled", by: .server(in: claim.workspace), target: claim.webhook.description,
                    detail: ["reason": reason]), in: claim.workspace)
        }
    }

    /// Gives a webhook back, with the time at which it is due next.
    private func release(_ claim: Claim) async throws {
        try await database.write { connection throws(StorageError) in
            let key = [SQLValue(claim.workspace), SQLValue(claim.webhook)]
            // Locked first, so that the next statement sees what was added up to then.
            _ = try connection.query(
                "SELECT id FROM webhook WHERE workspace = $1 AND id = $2 \(connection.dialect.forUpdate)", key)
            try connection.execute(
                """
                UPDATE webhook SET claimed_until = 0, due_at = CASE WHEN is_enabled = 1 THEN (
                    SELECT MIN(d.due_at) FROM webhook_delivery d
                    WHERE d.workspace = $1 AND d.webhook = $2 AND d.due_at IS NOT NULL) END
                WHERE workspace = $1 AND id = $2 AND claim = $3
                """, key + [.integer(claim.number)])
        }
    }

    /// Finds webhooks with deliveries that nobody was told of: an event that was committed while its webhook was given back.
    private func repair() async throws {
        _ = try await database.write(.derived) { connection throws(StorageError) in
            try connection.execute(
                """
                UPDATE webhook SET due_at = (SELECT MIN(d.due_at) FROM webhook_delivery d
                    WHERE d.workspace = webhook.workspace AND d.webhook = webhook.id AND d.due_at IS NOT NULL)
                WHERE due_at IS NULL AND is_enabled = 1 AND EXISTS (SELECT 1 FROM webhook_delivery d
                    WHERE d.workspace = webhook.workspace AND d.webhook = webhook.id AND d.due_at IS NOT NULL)
                """)
        }
    }

    /// An outcome as columns.
    private struct Change: Sendable {
        let name: String
        let state: String
        var status: Int?
        var problem: String?
        var wait: Duration = .zero
        /// Why the webhook is turned off; nil when it is not.
        var endsWebhook: String?

        init(_ outcome: WebhookOutcome) {
            switch outcome {
            case .delivered(let status):
                (name, state, self.status) = ("delivered", "delivered", status)
            case .again(let wait, let status, let problem):
                (name, state) = ("again", "pending")
                (self.status, self.problem, self.wait) = (status, problem, wait)
            case .failed(let status, let problem):
                (name, state, self.status, self.problem) = ("failed", "failed", status, problem)
                endsWebhook =
                    "A delivery failed in all its attempts: \(problem) Turn it on again when the receiver works."
            case .gone:
                (name, state, status, problem) = ("gone", "failed", 410, "The receiver is gone.")
                endsWebhook = "The receiver answered that it is gone for good (410)."
            }
        }
    }
}

/// How many webhooks a process is sending to.
private final class BusyCount: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func add(_ change: Int) { count.withLock { $0 += change } }
}
