import Foundation
import Model
package import Storage

/// A cache in Redis, shared by all processes that use the same server and prefix.
///
/// An entry is `v`, its stamp, a line break and the value; an invalidated one is `s` and a new stamp. Both expire by
/// themselves.
package final class RedisSharedCache: SharedCache {
    private let client: RedisClient
    private let root: String

    /// For how long an invalidated entry keeps its stamp: longer than any fill takes.
    private static let stampLifetime: Duration = .seconds(120)

    /// Begins to connect; whether Redis is there shows when it is used.
    package init(_ settings: RedisSettings) {
        client = RedisClient(settings)
        root = "{\(settings.prefix)}:cache:"
    }

    package func read(_ key: String) async throws(StorageError) -> SharedEntry {
        let reply = try await client.run(Self.reading, key: root + key, [[]])
        guard let answer = reply.first?.array, answer.count == 2, let remaining = answer[1].integer else {
            throw StorageError(.corrupt, "Redis answered a read of the cache by what is no list of two.")
        }
        guard let text = answer[0].text, remaining > 0, let end = text.firstIndex(of: "\n") else {
            return SharedEntry(value: nil, stamp: "")
        }
        let stamp = String(text[..<end].dropFirst())
        guard text.hasPrefix("v") else { return SharedEntry(value: nil, stamp: stamp) }
        return SharedEntry(
            value: .init(text: String(text[text.index(after: end)...]), remaining: .milliseconds(remaining)),
            stamp: stamp)
    }

    package func fill(
        _ key: String, with value: String, lasting lifetime: Duration, ifStill stamp: String
    ) async throws(StorageError) -> Bool {
        let milliseconds = lifetime.microseconds / 1_000
        guard milliseconds > 0 else { return true }
        let reply = try await client.run(
            Self.filling, key: root + key, [[.text(stamp), .text(value), .integer(milliseconds)]])
        return reply.first?.integer == 1
    }

    package func invalidate(_ keys: [String]) async throws(StorageError) {
        // One stamp for all of them: it only has to be new.
        let entry = "s\(UUID().uuidString)\n"
        let commands = keys.map { key in
            RedisCommand(
                "SET", .text(root + key), .text(entry), "PX", .integer(Self.stampLifetime.microseconds / 1_000))
        }
        for case .error(let text) in try await client.send(commands) {
            throw StorageError(.unavailable, "Redis did not invalidate entries of the cache: \(text)")
        }
    }

    /// Closes the connection after the calls under way.
    package func close() async {
        await client.close()
    }

    /// The entry and its time together: between two commands it could be replaced.
    private static let reading = RedisScript(
        "return {redis.call('GET', KEYS[1]) or '', redis.call('PTTL', KEYS[1])}")

    private static let filling = RedisScript(
        """
        local entry = redis.call('GET', KEYS[1])
        local stamp = entry and string.match(entry, '^.([^\\n]*)') or ''
        if stamp ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], 'v' .. stamp .. '\\n' .. ARGV[2], 'PX', ARGV[3])
        return 1
        """)
}
