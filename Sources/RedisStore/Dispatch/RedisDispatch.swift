import Foundation
import Model
package import Storage
import Synchronization

/// The index of ready jobs in Redis, shared by all processes that use the same server and prefix.
package final class RedisDispatch: DispatchIndex {
    /// Entries in one run of a script, which keeps Redis from others for about a millisecond.
    private static let batchSize = 500
    /// Runs that are sent before the first is answered.
    private static let batchesAhead = 16
    /// Entries in one take: more would not fit on the stack of Lua.
    private static let takeLimit = 1_000

    private let client: RedisClient
    private let subscriber: RedisSubscriber
    private let signalling = DispatchSignals()
    private let takenFor: Duration
    /// What the keys begin with. In a cluster, the braces keep them on one node.
    private let root: String
    private let lossTold: Mutex<ContinuousClock.Instant?> = Mutex(nil)

    /// Begins to connect; whether Redis is there shows when it is used.
    ///
    /// - Parameter takenFor: after how long a taken entry that nobody settles is handed out again.
    package init(_ settings: RedisSettings, takenFor: Duration = .seconds(5)) {
        self.takenFor = takenFor
        root = "{\(settings.prefix)}:"
        client = RedisClient(settings) { [signalling] in signalling.send(.reconnected) }
        subscriber = RedisSubscriber(settings, channels: [root + "offered"]) { [signalling] _ in
            // After a pause offers may have been missed, so everybody looks then as well.
            signalling.send(.offered)
        }
    }

    deinit { signalling.finish() }

    /// Connects to the Redis that the URL names, and returns when jobs can be offered and offers are heard.
    ///
    /// - Throws: `invalid` for a URL that cannot be read, `unavailable` when Redis cannot be reached.
    package static func open(url: String) async throws(StorageError) -> RedisDispatch {
        let settings = try RedisSettings(url: url)
        let dispatch = RedisDispatch(settings)
        do throws(StorageError) {
            try await dispatch.client.ready(within: settings.connectTimeout + settings.commandTimeout)
            try await dispatch.subscriber.ready(within: settings.connectTimeout + settings.commandTimeout)
            return dispatch
        } catch {
            await dispatch.close()
            throw error
        }
    }

    package func offer(_ entries: [DispatchEntry]) async throws(StorageError) {
        _ = try await run(DispatchScripts.offer, on: entries)
    }

    package func take(kinds: [String], limit: Int) async throws(StorageError) -> [DispatchEntry] {
        guard !kinds.isEmpty, limit > 0 else { return [] }
        let arguments: [RedisCommand.Argument] =
            [.integer(Int64(min(limit, Self.takeLimit))), .integer(takenFor.microseconds / 1_000)]
            + Set(kinds).map { .text($0) }
        let reply = try await client.run(DispatchScripts.take, key: root, [arguments])
        guard let answer = reply.first?.array, let isWhole = answer.first?.integer else {
            throw StorageError(.corrupt, "Redis answered a take by what is no list.")
        }
        if isWhole == 0 { tellLoss() }
        var entries: [DispatchEntry] = []
        for member in answer.dropFirst() { entries.append(try DispatchEntry(member: member)) }
        return entries
    }

    package func settle(_ entries: [DispatchEntry]) async throws(StorageError) {
        _ = try await run(DispatchScripts.settle, on: entries)
    }

    package func count() async throws(StorageError) -> Int {
        let reply = try await client.run(DispatchScripts.count, key: root, [[]])
        return Int(reply.first?.integer ?? 0)
    }

    /// Puts what `read` returns in the place of everything it holds, in one step that follows as many as it takes to bring
    /// them.
    ///
    /// Until that step the old entries are handed out. What is offered, taken or settled meanwhile, by anyone, counts before
    /// and after it. Only an entry that is taken and settled before it was brought is handed out once more, and the database
    /// refuses it.
    ///
    /// A rebuild that another process begins later takes the place of this one, and then this one ends without effect.
    ///
    /// - Throws: `unavailable` when Redis lost the rebuild under way: begin anew.
    package func rebuild(
        _ read: @Sendable () async throws(StorageError) -> [DispatchEntry]
    ) async throws(StorageError) {
        let name = RedisCommand.Argument.text(UUID().uuidString)
        _ = try await client.run(DispatchScripts.begin, key: root, [[name]])
        let entries = try await read()
        guard try await goesOn(run(DispatchScripts.stage, on: entries, with: [name])) else { return }
        _ = try await goesOn(client.run(DispatchScripts.commit, key: root, [[name]]))
    }

    package func signals() -> AsyncStream<DispatchSignal> { signalling.stream() }

    /// Ends the streams of signals, lets calls under way end, and closes the connections.
    package func close() async {
        signalling.finish()
        await client.close()
        await subscriber.close()
    }

    /// Runs a script on batches of entries, some batches ahead of the answers.
    private func run(
        _ script: RedisScript, on entries: [DispatchEntry], with first: [RedisCommand.Argument] = []
    ) async throws(StorageError) -> [RESPValue] {
        var replies: [RESPValue] = []
        var rest = entries[...]
        while !rest.isEmpty {
            var runs: [[RedisCommand.Argument]] = []
            while !rest.isEmpty, runs.count < Self.batchesAhead {
                var arguments = first
                for entry in rest.prefix(Self.batchSize) { arguments += try entry.arguments() }
                runs.append(arguments)
                rest = rest.dropFirst(Self.batchSize)
            }
            replies += try await client.run(script, key: root, runs)
        }
        return replies
    }

    /// False when another rebuild took the place of this one.
    private func goesOn(_ replies: [RESPValue]) throws(StorageError) -> Bool {
        guard !replies.contains(.integer(-1)) else {
            throw StorageError(.unavailable, "Redis forgot the rebuild of the index under way: begin it again.")
        }
        return !replies.contains(.integer(0))
    }

    /// At most once in a second: the rebuild takes its time, and takes go on meanwhile.
    private func tellLoss() {
        let isNew = lossTold.withLock { told in
            if let told, .now - told < .seconds(1) { return false }
            told = .now
            return true
        }
        if isNew { signalling.send(.reconnected) }
    }
}
