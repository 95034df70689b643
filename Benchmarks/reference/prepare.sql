-- What a worker has before it drains: a session that is alive, and the account of its workspace. Run by psql, once.

INSERT INTO worker_session (id, host, process, expires_at)
VALUES ('00000000-0000-7000-8000-0000000000aa', 'pgbench', 'pgbench', now_us() + 3600000000);

INSERT INTO fair_share (workspace, band, finish) VALUES ('00000000-0000-7000-8000-000000000001', 1, 0)
ON CONFLICT (workspace, band) DO NOTHING;
