import Metrics
import Storage

/// A Redis server as its users see it: one connection that many calls share.
final class RedisClient: Sendable {
    private let settings: RedisSettings
    private let link: RedisLink

    /// Begins to connect; calls wait for it or fail, as the settings say.
    init(_ settings: RedisSettings, onUp: @escaping @Sendable () -> Void = {}) {
        self.settings = settings
        link = RedisLink(RedisConnector(settings: settings, name: "suisha"), onUp: onUp)
    }

    deinit { link.stop() }

    /// Sends commands together and returns their replies in order; refusals by Redis are among them as errors.
    ///
    /// - Throws: `unavailable` when Redis is not there, or went away before the last reply: then nobody knows what was done,
    ///   and it is for the caller to repeat it or not. `busy` when too much is under way.
    func send(_ commands: [RedisCommand]) async throws(StorageError) -> [RESPValue] {
        guard !commands.isEmpty else { return [] }
        do {
            return try await link.connection(within: settings.waitLimit).send(commands)
        } catch {
            throw counted(error)
        }
    }

    /// Sends one command and returns its reply.
    ///
    /// - Throws: as ``send(_:)``, and for an error that Redis replies.
    func call(_ command: RedisCommand) async throws(StorageError) -> RESPValue {
        try checked(try await send([command]))[0]
    }

    /// Runs a script once for each list of arguments, together; sends its text when Redis does not know it.
    ///
    /// When Redis forgets the script in the middle, some runs come later than those behind them.
    func run(
        _ script: RedisScript, key: String, _ runs: [[RedisCommand.Argument]]
    ) async throws(StorageError) -> [RESPValue] {
        var replies = try await send(runs.map { script.command(key: key, $0, isKnown: true) })
        // A script that is not known was not run, so this repeats nothing.
        let unknown = replies.indices.filter {
            if case .error(let text) = replies[$0] { text.hasPrefix("NOSCRIPT") } else { false }
        }
        if !unknown.isEmpty {
            // The first brings the text, and is done before the others begin.
            let again = unknown.map { script.command(key: key, runs[$0], isKnown: $0 != unknown[0]) }
            for (index, reply) in zip(unknown, try await send(again)) { replies[index] = reply }
        }
        return try checked(replies)
    }

    /// Waits until Redis is connected.
    ///
    /// - Throws: why it is not, when the first attempt fails or `limit` passes.
    func ready(within limit: Duration) async throws(StorageError) {
        _ = try await link.connection(within: limit)
    }

    /// Refuses new calls and waits for those under way, for at most two seconds, or as long as connecting may take.
    func close() async {
        await link.close()
    }

    private func checked(_ replies: [RESPValue]) throws(StorageError) -> [RESPValue] {
        for case .error(let text) in replies { throw counted(.reply(text, settings.place)) }
        return replies
    }

    private func counted(_ error: StorageError) -> StorageError {
        if error.code != .canceled {
            Counter(label: MetricNames.failures, dimensions: [("code", "\(error.code)")]).increment()
        }
        return error
    }
}
