-- What the engine asks of PostgreSQL to drain a queue, without the engine: a script for pgbench, which runs it again and
-- again in every client. One round takes up to 64 jobs, lets waiting ones take their place, and ends the taken ones, in the
-- transactions of the engine and with its statements. They were read in the log of a server during `suisha bench queue`
-- (log_min_duration_statement = 0); in the sources they are in
--
--   claim     Sources/Storage/Jobs/SQLJobStore+leases.swift (claim, advance, thin), JobJournal.swift, JobRow.swift
--   promote   Sources/Storage/Lanes/SQLJobStore+promotion.swift, SQLJobStore+accounts.swift
--   finish    Sources/Storage/Jobs/LiveJob.swift (lock), JobTransitions.swift (end), JobJournal.swift
--
-- Change this file when they change. It differs in what pgbench cannot do: it keeps one value at a time, so the rows that one
-- statement returns for the next are put together as JSON by PostgreSQL (the CTEs claimed, locked, waiting), not by the client.
-- It leaves out what a drain does only a few times in a second: notifications, corrections of accounts, heartbeats, sweeps.
--
-- Variables, from the command line because a colon in a text would be taken for one:
--   session, workspace, kinds, leased and succeeded (journal entries), progress and complete (their types),
--   lane (the lane as a JSON row), window (64), has_front (0)
-- They stay with a client from round to round; front is the last job that the client promoted.

-- Claim.
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
WITH picked AS MATERIALIZED (
    SELECT job AS picked_job FROM live_job
    WHERE state = 'ready' AND kind = ANY(:kinds::text[])
        AND EXISTS (SELECT 1 FROM worker_session WHERE id = :session AND expires_at > now_us())
    ORDER BY rank, tag, job LIMIT :window FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE live_job SET
        state = 'leased', epoch = epoch + 1, attempt = attempt + 1, session = :session, position = position + 1,
        leased_at = now_us(), started_at = COALESCE(started_at, now_us())
    FROM picked WHERE job = picked_job
    RETURNING job, workspace, band, kind, caps, rank, tag, epoch, position, now_us() - ready_at AS waited
)
SELECT COUNT(*) AS taken, COALESCE(MAX(tag), 0) AS tag, COALESCE(array_agg(job), '{}')::text AS ids,
    json_agg(json_build_array(job, position, epoch, :progress::text, :leased::text))::text AS entries
FROM claimed \gset
\if :taken > 0
INSERT INTO event (job, position, epoch, type, data, at)
SELECT job, position, epoch, type, data, now_us()
FROM (SELECT (value ->> 0)::uuid AS job, (value ->> 1)::bigint AS position, (value ->> 2)::bigint AS epoch,
        (value ->> 3)::text AS type, (value ->> 4)::text AS data
    FROM json_array_elements(:entries::json) AS given (value)) AS entry;
UPDATE fair_clock SET time = :tag WHERE band IN (
    SELECT band FROM fair_clock WHERE band = 1 AND time < :tag FOR UPDATE SKIP LOCKED);
SELECT j.id AS id, j.workspace AS workspace, j.kind AS kind, COALESCE(l.state, j.state) AS state, j.priority AS priority,
    j.input AS input, j.result AS result, j.failure AS failure, COALESCE(l.epoch, j.epoch) AS epoch,
    COALESCE(l.attempt, j.attempt) AS attempt, j.max_attempts AS max_attempts, COALESCE(l.lost, j.lost) AS lost,
    COALESCE(l.cancel_requested, j.cancel_requested) AS cancel_requested, j.batch AS batch, j.request AS request,
    j.trace AS trace, COALESCE(l.position, j.position) AS position, COALESCE(l.stage, j.stage) AS stage,
    COALESCE(l.percent, j.percent) AS percent, l.operation AS operation, l.eta_low AS eta_low, l.eta_high AS eta_high,
    j.created_at AS created_at, COALESCE(l.run_at, j.run_at) AS run_at, COALESCE(l.started_at, j.started_at) AS started_at,
    j.finished_at AS finished_at
FROM job j LEFT JOIN live_job l ON l.job = j.id WHERE j.id = ANY(:ids::uuid[]);
SELECT COUNT(*) AS thin FROM (
    SELECT lane.workspace AS workspace, lane.band AS band, lane.kind AS kind, lane.caps AS caps
    FROM (SELECT (value ->> 0)::uuid AS workspace, (value ->> 1)::bigint AS band, (value ->> 2)::text AS kind,
            (value ->> 3)::text AS caps, (value ->> 4)::bigint AS passed_priority, (value ->> 5)::uuid AS passed
        FROM json_array_elements(:lane::json) AS given (value)) AS lane
    WHERE (SELECT COUNT(*) FROM live_job l
            WHERE l.state IN ('ready', 'leased') AND l.state = 'ready' AND l.workspace = lane.workspace
                AND l.band = lane.band AND l.kind = lane.kind AND l.caps = lane.caps)
            <= 32
        AND (EXISTS (SELECT 1 FROM live_job l WHERE l.state = 'parked' AND l.workspace = lane.workspace
                AND l.band = lane.band AND l.kind = lane.kind AND l.caps = lane.caps
                AND l.priority = lane.passed_priority AND l.job > lane.passed)
            OR EXISTS (SELECT 1 FROM live_job l WHERE l.state = 'parked' AND l.workspace = lane.workspace
                AND l.band = lane.band AND l.kind = lane.kind AND l.caps = lane.caps))) AS lanes \gset
\else
-- Nothing is ready: a worker sleeps until it is told. Now and then somebody looks, as the sweep does.
\set thin case when random(1, 100) = 1 then 1 else 0 end
\endif
COMMIT;
\if :taken = 0
\sleep 5 ms
\endif

-- Promote. It is not worth a wait for the disk: after a crash it happens again.
\if :thin > 0
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = off;
SELECT workspace, weight, slots FROM workspace_limit WHERE workspace = ANY(ARRAY[:workspace]::uuid[]);
SELECT COALESCE(MAX(finish), 0) AS finish FROM (
    SELECT workspace, band, finish FROM fair_share
    WHERE workspace = ANY(ARRAY[:workspace]::uuid[]) ORDER BY workspace, band FOR UPDATE) AS shares \gset
SELECT COALESCE(MAX(mean_us), 1000000)::bigint AS cost FROM (
    SELECT kind, mean_us FROM kind_cost WHERE kind = ANY(:kinds::text[])) AS costs \gset
SELECT MAX(time) AS clock FROM (SELECT band, time FROM fair_clock) AS clocks \gset
SELECT COUNT(*) AS standing, MIN(priority) AS lowest FROM live_job
WHERE state IN ('ready', 'leased') AND state = 'ready'
    AND workspace = :workspace AND band = 1 AND kind = 'bench' AND caps = '' \gset
\set free greatest(:window - :standing, 0)
\set start greatest(:clock, :finish)
\set cost greatest(:cost, 1000)
\set found 0
\if :free > 0
\if :has_front
WITH waiting AS MATERIALIZED (
    SELECT job, priority FROM live_job
    WHERE state = 'parked' AND workspace = :workspace AND band = 1 AND kind = 'bench' AND caps = '' AND priority = 0
        AND job > :front
        AND NOT EXISTS (
            SELECT 1 FROM queue_mode WHERE workspace = :workspace AND kind = 'bench' AND mode = 'paused')
    ORDER BY priority DESC, job LIMIT :free FOR UPDATE SKIP LOCKED
)
SELECT COUNT(*) AS found, MAX(job::text) AS last,
    json_agg(json_build_array(job, :start::bigint + (number - 1) * :cost::bigint))::text AS placed
FROM (SELECT job, row_number() OVER (ORDER BY job) AS number FROM waiting) AS numbered \gset
\endif
\if :found < :free
WITH waiting AS MATERIALIZED (
    SELECT job, priority FROM live_job
    WHERE state = 'parked' AND workspace = :workspace AND band = 1 AND kind = 'bench' AND caps = '' AND priority > -1000000
        AND NOT EXISTS (
            SELECT 1 FROM queue_mode WHERE workspace = :workspace AND kind = 'bench' AND mode = 'paused')
    ORDER BY priority DESC, job LIMIT :free FOR UPDATE SKIP LOCKED
)
SELECT COUNT(*) AS found, MAX(job::text) AS last,
    json_agg(json_build_array(job, :start::bigint + (number - 1) * :cost::bigint))::text AS placed
FROM (SELECT job, row_number() OVER (ORDER BY job) AS number FROM waiting) AS numbered \gset
\endif
\endif
\if :found > 0
UPDATE live_job SET
    state = 'ready', rank = band, tag = placed.tag, cost = COALESCE(cost, :cost),
    ready_at = COALESCE(ready_at, now_us())
FROM (SELECT (value ->> 0)::uuid AS id, (value ->> 1)::bigint AS tag
    FROM json_array_elements(:placed::json) AS given (value)) AS placed
WHERE live_job.job = placed.id;
\set finish :start + :found * :cost
UPDATE fair_share SET finish = used.finish
FROM (SELECT (value ->> 0)::uuid AS workspace, (value ->> 1)::bigint AS band, (value ->> 2)::bigint AS finish
    FROM json_array_elements(json_build_array(json_build_array(:workspace::uuid, 1, :finish::bigint))) AS given (value)) AS used
WHERE fair_share.workspace = used.workspace AND fair_share.band = used.band;
SELECT :last::uuid AS front, 1 AS has_front,
    json_build_array(json_build_array(:workspace::uuid, 1, 'bench', '', 0, :last::uuid))::text AS lane \gset
\endif
COMMIT;
\endif

-- Finish.
\if :taken > 0
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
WITH locked AS MATERIALIZED (
    SELECT job, workspace, band, kind, caps, state, epoch, attempt, max_attempts, lost, position, session, cancel_requested,
        is_keyed, is_awaited, cost, now_us() - leased_at AS ran, run_at - now_us() AS until_due
    FROM live_job WHERE job = ANY(:ids::uuid[]) ORDER BY job
    FOR UPDATE
)
SELECT json_agg(json_build_array(job, 'succeeded', '{}', NULL, attempt, lost, position + 1))::text AS ended,
    json_agg(json_build_array(job, position + 1, epoch, :complete::text, :succeeded::text))::text AS entries
FROM locked \gset
UPDATE job SET
    state = ended.state, result = ended.result,
    failure = CASE WHEN ended.state = 'succeeded' THEN NULL ELSE COALESCE(ended.failure, job.failure) END,
    epoch = l.epoch, attempt = ended.attempt, lost = ended.lost, cancel_requested = l.cancel_requested,
    position = ended.position, stage = l.stage,
    percent = CASE WHEN ended.state = 'succeeded' THEN 100 ELSE l.percent END,
    run_at = l.run_at, started_at = l.started_at, finished_at = now_us()
FROM (SELECT (value ->> 0)::uuid AS id, (value ->> 1)::text AS state, (value ->> 2)::text AS result,
        (value ->> 3)::text AS failure, (value ->> 4)::bigint AS attempt, (value ->> 5)::bigint AS lost,
        (value ->> 6)::bigint AS position
    FROM json_array_elements(:ended::json) AS given (value)) AS ended JOIN live_job l ON l.job = ended.id
WHERE job.id = ended.id;
DELETE FROM live_job WHERE job = ANY(:ids::uuid[]);
INSERT INTO event (job, position, epoch, type, data, at)
SELECT job, position, epoch, type, data, now_us()
FROM (SELECT (value ->> 0)::uuid AS job, (value ->> 1)::bigint AS position, (value ->> 2)::bigint AS epoch,
        (value ->> 3)::text AS type, (value ->> 4)::text AS data
    FROM json_array_elements(:entries::json) AS given (value)) AS entry;
COMMIT;
\endif
