-- What people who have a console open ask for, each as herself: wrk ... URL -- USERS PAUSE_MS
--
-- USERS has a line for each: cookie, workspace and a job, with tabs between. PAUSE_MS is how long each connection rests between
-- an answer and the next request, on average; 0 for none.

dofile(debug.getinfo(1, "S").source:match("^@(.*/)") .. "report.lua")

local requests, pause, turn = {}, 0, 0

-- Of 100 requests so many of each. The last submits a job.
local mix = {
    { 30, "GET", function(user) return "/api/v1/documents/settings" end },
    { 25, "GET", function(user) return "/api/v1/jobs/" .. user.job end },
    { 20, "GET", function(user) return "/api/v1/jobs?limit=20" end },
    { 10, "GET", function(user) return "/api/v1/account" end },
    { 10, "GET", function(user) return "/api/v1/workspace/permissions" end },
    { 4, "GET", function(user) return "/api/v1/members?limit=50" end },
    { 1, "POST", function(user) return "/api/v1/jobs" end },
}
local chances = {}

init = function(args)
    pause = tonumber(args[2])
    math.randomseed(1)
    for kind, entry in ipairs(mix) do
        for _ = 1, entry[1] do chances[#chances + 1] = kind end
    end
    -- Nobody: the address of the command line, again and again.
    if args[1] == "/dev/null" then requests[1] = {} end
    for line in io.lines(args[1]) do
        local cookie, workspace, job = line:match("([^\t]+)\t([^\t]+)\t([^\t]+)")
        local made = {}
        for kind, entry in ipairs(mix) do
            local headers = { ["Cookie"] = cookie, ["X-Workspace"] = workspace, ["Sec-Fetch-Site"] = "same-origin" }
            local body = nil
            if entry[2] == "POST" then
                headers["Content-Type"] = "application/json"
                body = '{"kind": "nothing", "input": {}}'
            end
            made[kind] = wrk.format(entry[2], entry[3]({ job = job }), headers, body)
        end
        requests[#requests + 1] = made
    end
end

-- Everybody in turn: with as many connections as users, as many are under way at once.
request = function()
    turn = turn % #requests + 1
    return requests[turn][chances[math.random(#chances)]] or wrk.request()
end

delay = function()
    return pause > 0 and math.random(0, 2 * pause) or 0
end
