package import Logging

/// What has to happen beside the requests: heartbeats of the session cache, letters, and the removal of what has expired.
package struct AccountUpkeep: Sendable {
    private let accounts: AccountService
    private let tokens: TokenService
    private let transport: any MailTransport
    private let logger: Logger

    private static let interval: Duration = .seconds(3_600)

    package init(
        accounts: AccountService, tokens: TokenService, transport: any MailTransport, logger: Logger
    ) {
        self.accounts = accounts
        self.tokens = tokens
        self.transport = transport
        self.logger = logger
    }

    /// Runs until the task is cancelled. A letter under way then is sent by the next process that looks.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await accounts.sessions.cache.run() }
            group.addTask { await accounts.mail.run(through: transport, logger: logger) }
            group.addTask {
                while !Task.isCancelled {
                    await sweep()
                    try? await Task.sleep(for: Self.interval)
                }
            }
        }
    }

    private func sweep() async {
        do {
            let rows = try await accounts.sweep() + tokens.sweep()
            if rows > 0 { logger.debug("expired sessions and links removed", metadata: ["rows": "\(rows)"]) }
        } catch is CancellationError {
        } catch {
            logger.warning(
                "expired sessions and links wait for the next sweep", metadata: ["reason": "\(error)"])
        }
    }
}
