/// The scripts of the dispatch index. Each is one undivided step, and the clock is that of Redis.
///
/// Under the prefix `{suisha}:` stand
///
/// | key | is |
/// |---|---|
/// | `ready:<kind>` | sorted set of job ids by score = band * 2^50 + tag, which a double holds exactly |
/// | `taken` | sorted set of `<job id> <score> <kind>` by the millisecond when it is handed back |
/// | `kinds` | set of the kinds that have or had ready jobs |
/// | `whole` | there since the last rebuild: when it is gone, so is the index |
/// | `rebuild` | the name of the rebuild under way |
/// | `new:<rebuild>:…` | `ready`, `taken` and `kinds` of that rebuild; they expire when it dies |
///
/// While a rebuild is under way every step is done twice, to what is live and to what will replace it.
enum DispatchScripts {
    /// Milliseconds after which a rebuild that does not go on is forgotten.
    private static let rebuildLimit = 60_000
    /// Milliseconds after which what it brought is gone: longer than any rebuild takes.
    private static let stagedLimit = 600_000
    /// Milliseconds by which processes may differ in how long they take entries.
    private static let farthest = 60_000

    private static let common = """
        local live = KEYS[1]
        local rebuild = redis.call('GET', live .. 'rebuild')
        local roots = {live}
        if rebuild then roots[2] = live .. 'new:' .. rebuild .. ':' end

        local function put(command, root, name, ...)
            local change = redis.call(command, root .. name, ...)
            if root ~= live then redis.call('PEXPIRE', root .. name, \(stagedLimit)) end
            return change
        end
        local function taken(job, score, kind) return job .. ' ' .. score .. ' ' .. kind end

        """

    /// Adds kind, score and job, in threes; entries that are taken stay so. Wakes when something changed.
    static let offer = RedisScript(
        common + """
            local changes = 0
            for _, root in ipairs(roots) do
                local known = {}
                for i = 1, #ARGV, 3 do
                    local kind, score, job = ARGV[i], ARGV[i + 1], ARGV[i + 2]
                    if not redis.call('ZSCORE', root .. 'taken', taken(job, score, kind)) then
                        changes = changes + put('ZADD', root, 'ready:' .. kind, 'CH', score, job)
                        if not known[kind] then put('SADD', root, 'kinds', kind) end
                        known[kind] = true
                    end
                end
            end
            if changes > 0 then redis.call('PUBLISH', live .. 'offered', '') end
            return changes
            """)

    /// Takes up to ARGV[1] entries of the kinds from ARGV[3] on, for ARGV[2] milliseconds. Returns whether the index is
    /// whole or about to be, then the members of `taken`.
    ///
    /// First, those that were taken too long ago are ready again; or too far in the future, when the clock went back.
    static let take = RedisScript(
        common + """
            local limit, time = tonumber(ARGV[1]), redis.call('TIME')
            local now = time[1] * 1000 + math.floor(time[2] / 1000)

            local function handBack(from, to)
                local members = redis.call('ZRANGEBYSCORE', live .. 'taken', from, to, 'LIMIT', 0, 256)
                for _, member in ipairs(members) do
                    local job, score, kind = string.match(member, '^(%S+) (%d+) (.*)$')
                    for _, root in ipairs(roots) do
                        if redis.call('ZREM', root .. 'taken', member) == 1 then
                            put('ZADD', root, 'ready:' .. kind, 'NX', score, job)
                            put('SADD', root, 'kinds', kind)
                        end
                    end
                end
            end
            handBack('-inf', now)
            handBack(now + ARGV[2] + \(farthest), '+inf')

            -- The lowest of each kind, a few at a time, of which the lowest of all is taken, again and again.
            local step = math.ceil(limit / (#ARGV - 2)) + 8
            local function fill(list)
                list.found = redis.call('ZRANGE', list.key, list.next, list.next + step - 1, 'WITHSCORES')
                list.next, list.at, list.score = list.next + step, 1, tonumber(list.found[2])
            end
            local lists, leases, lease = {}, {}, string.format('%.0f', now + ARGV[2])
            local answer = {rebuild and 1 or redis.call('EXISTS', live .. 'whole')}
            for i = 3, #ARGV do
                lists[i - 2] = {kind = ARGV[i], key = live .. 'ready:' .. ARGV[i], next = 0, jobs = {}}
                fill(lists[i - 2])
            end
            while #answer <= limit do
                local best
                for _, list in ipairs(lists) do
                    if list.score and (not best or list.score < best.score) then best = list end
                end
                if not best then break end
                local job = best.found[best.at]
                local member = taken(job, string.format('%.0f', best.score), best.kind)
                best.jobs[#best.jobs + 1] = job
                leases[#leases + 1] = lease
                leases[#leases + 1] = member
                answer[#answer + 1] = member
                best.at = best.at + 2
                best.score = tonumber(best.found[best.at + 1])
                if best.at > 2 * step then fill(best) end
            end
            for _, list in ipairs(lists) do
                if #list.jobs > 0 then
                    redis.call('ZREMRANGEBYRANK', list.key, 0, #list.jobs - 1)
                    if rebuild then redis.call('ZREM', roots[2] .. 'ready:' .. list.kind, unpack(list.jobs)) end
                end
            end
            if #leases > 0 then
                for _, root in ipairs(roots) do put('ZADD', root, 'taken', unpack(leases)) end
            end
            return answer
            """)

    /// Forgets kind, score and job, in threes. What was offered meanwhile at another place stays.
    static let settle = RedisScript(
        common + """
            for _, root in ipairs(roots) do
                for i = 1, #ARGV, 3 do
                    local kind, score, job = ARGV[i], ARGV[i + 1], ARGV[i + 2]
                    redis.call('ZREM', root .. 'taken', taken(job, score, kind))
                    local found = redis.call('ZSCORE', root .. 'ready:' .. kind, job)
                    if found and tonumber(found) == tonumber(score) then
                        redis.call('ZREM', root .. 'ready:' .. kind, job)
                    end
                end
            end
            return 1
            """)

    static let count = RedisScript(
        """
        local live = KEYS[1]
        local count = redis.call('ZCARD', live .. 'taken')
        for _, kind in ipairs(redis.call('SMEMBERS', live .. 'kinds')) do
            count = count + redis.call('ZCARD', live .. 'ready:' .. kind)
        end
        return count
        """)

    /// Begins the rebuild that ARGV[1] names; one under way before is given up.
    static let begin = RedisScript("return redis.call('SET', KEYS[1] .. 'rebuild', ARGV[1], 'PX', \(rebuildLimit))")

    /// Adds kind, score and job, in threes from ARGV[2] on, to the rebuild. 1, or 0 when another rebuild took its place,
    /// or -1 when it was forgotten.
    static let stage = RedisScript(
        common + """
            if rebuild ~= ARGV[1] then return rebuild and 0 or -1 end
            redis.call('PEXPIRE', live .. 'rebuild', \(rebuildLimit))
            local new, known = roots[2], {}
            for i = 2, #ARGV, 3 do
                local kind, score, job = ARGV[i], ARGV[i + 1], ARGV[i + 2]
                local member = taken(job, score, kind)
                local lease = redis.call('ZSCORE', live .. 'taken', member)
                if lease then
                    put('ZADD', new, 'taken', lease, member)
                else
                    put('ZADD', new, 'ready:' .. kind, 'NX', score, job)
                    if not known[kind] then put('SADD', new, 'kinds', kind) end
                    known[kind] = true
                end
            end
            return 1
            """)

    /// Puts the rebuild in the place of what is live. Returns as ``stage``.
    static let commit = RedisScript(
        common + """
            if rebuild ~= ARGV[1] then return rebuild and 0 or -1 end
            local function replace(name)
                redis.call('UNLINK', live .. name)
                if redis.call('EXISTS', roots[2] .. name) == 1 then
                    redis.call('RENAME', roots[2] .. name, live .. name)
                    redis.call('PERSIST', live .. name)
                end
            end
            for _, root in ipairs(roots) do
                for _, kind in ipairs(redis.call('SMEMBERS', root .. 'kinds')) do
                    if root == live or redis.call('EXISTS', root .. 'ready:' .. kind) == 1 then
                        replace('ready:' .. kind)
                    end
                end
            end
            replace('kinds')
            replace('taken')
            redis.call('SET', live .. 'whole', ARGV[1])
            redis.call('DEL', live .. 'rebuild')
            redis.call('PUBLISH', live .. 'offered', '')
            return 1
            """)
}
