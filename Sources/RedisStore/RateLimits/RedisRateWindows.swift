package import Storage
import Model

/// Trailing windows in Redis, shared by all processes that use the same server and prefix. The clock is that of Redis.
package final class RedisRateWindows: RateWindows {
    private let client: RedisClient
    private let root: String

    /// Begins to connect; whether Redis is there shows when it is used.
    package init(_ settings: RedisSettings) {
        client = RedisClient(settings)
        root = "{\(settings.prefix)}:rate:"
    }

    package func admit(_ key: String, within bound: RateBound) async throws(StorageError) -> RateAdmission {
        let arguments: [RedisCommand.Argument] = [.integer(bound.window.microseconds), .integer(Int64(bound.calls))]
        let reply = try await client.run(Self.script, key: root + key, [arguments])
        guard let answer = reply.first?.array, answer.count == 3, let isAdmitted = answer[0].integer,
            let remaining = answer[1].integer, let next = answer[2].integer
        else { throw StorageError(.corrupt, "Redis answered a rate limit by what is no list of three numbers.") }
        return RateAdmission(
            isAdmitted: isAdmitted == 1, remaining: Int(remaining), next: .microseconds(next))
    }

    /// Closes the connection after the calls under way.
    package func close() async {
        await client.close()
    }

    /// The ring of one key as a list of microseconds, oldest first: the same steps as `RateRing`.
    private static let script = RedisScript(
        """
        local window, calls = tonumber(ARGV[1]), tonumber(ARGV[2])
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local newest = tonumber(redis.call('LINDEX', KEYS[1], -1) or now)
        if newest - now > window then redis.call('DEL', KEYS[1]) elseif newest > now then now = newest end
        local oldest = redis.call('LINDEX', KEYS[1], 0)
        while oldest and tonumber(oldest) <= now - window do
            redis.call('LPOP', KEYS[1])
            oldest = redis.call('LINDEX', KEYS[1], 0)
        end
        local count = redis.call('LLEN', KEYS[1])
        if count >= calls then
            return {0, 0, tonumber(redis.call('LINDEX', KEYS[1], count - calls)) + window - now}
        end
        redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
        redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
        return {1, calls - count - 1, tonumber(oldest or now) + window - now}
        """)
}
