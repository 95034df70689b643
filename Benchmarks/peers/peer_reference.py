"""What PostgreSQL itself takes for the same work, without our engine: how much of it the engine leaves.

- enqueue: COPY of the rows that our own enqueue stored, into the same tables, in pieces and transactions of 5,000
- drain: the statements of a drain under pgbench, prepared, in batches of 64: Benchmarks/reference/drain.sql
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import suisha_program
from stores import empty_postgres, settle_postgres
from suisha_program import ProgramError, bench

SQL = Path(__file__).resolve().parents[1] / "reference"
PIECE = 5_000
SETTINGS = {f"{clients} clients, batch 64": clients for clients in (4, 2, 8)} | {"1 client, batch 64": 1}
#: The columns that SQLJobStore+insertion.swift writes, and how its rows are read back. What was promoted waits again.
TABLES = {
    "job": (
        "id, workspace, kind, band, caps, priority, input, max_attempts, batch, item, request, trace, created_at",
        "SELECT {columns} FROM job ORDER BY id",
    ),
    "live_job": (
        "job, workspace, band, kind, caps, priority, state, epoch, attempt, max_attempts, lost, position, is_keyed, "
        "run_at, expires_at",
        "SELECT {columns} FROM (SELECT *, 'parked' AS waits FROM live_job) AS live ORDER BY job",
    ),
    "event": ("job, position, epoch, type, data, at", "SELECT {columns} FROM event ORDER BY job, position"),
}
#: The same planner settings as of our connections (PostgresSession.swift).
PLANNER = "-c jit=off " + " ".join(
    f"-c enable_{way}=off" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort")
)
VARIABLES = {
    "session": "00000000-0000-7000-8000-0000000000aa",
    "workspace": "00000000-0000-7000-8000-000000000001",
    "kinds": "{bench}",
    "leased": '{"state":"leased"}',
    "succeeded": '{"state":"succeeded"}',
    "progress": "job:progress",
    "complete": "job:complete",
    "lane": '[["00000000-0000-7000-8000-000000000001",1,"bench","",null,null]]',
    "window": "64",
    "has_front": "0",
}


def stored_rows(url: str) -> dict[str, list[bytes]]:
    """The rows of each table, in the form of COPY, in pieces."""
    pieces: dict[str, list[bytes]] = {}
    with psycopg.connect(url) as connection:
        for table, (columns, query) in TABLES.items():
            read = query.format(columns=columns.replace(" state,", " waits,"))
            with connection.cursor().copy(f"COPY ({read}) TO STDOUT") as copy:
                lines = b"".join(bytes(block) for block in copy).splitlines(keepends=True)
            pieces[table] = [b"".join(lines[at : at + PIECE]) for at in range(0, len(lines), PIECE)]
    return pieces


def copy_rows(url: str, jobs: int, pieces: dict[str, list[bytes]]) -> float:
    """Jobs a second into empty tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE job, live_job, event, fair_share, kind_cost, worker_session")
        connection.execute("UPDATE fair_clock SET time = 0")
        connection.execute("CHECKPOINT")
        begun = time.monotonic()
        for number in range(len(pieces["job"])):
            with connection.transaction(), connection.cursor() as cursor:
                for table, (columns, _) in TABLES.items():
                    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                        copy.write(pieces[table][number])
        return jobs / (time.monotonic() - begun)


def pgbench_drain(url: str, clients: int, jobs: int, limit: float) -> float:
    """Jobs a second from the first claim to the last end, by the database's clock."""
    pgbench = shutil.which("pgbench")
    if pgbench is None:
        raise ProgramError("no pgbench here; on Debian: apt-get install postgresql-contrib")
    with psycopg.connect(url, autocommit=True) as watcher, tempfile.TemporaryFile("w+") as log:
        watcher.execute((SQL / "prepare.sql").read_bytes())
        command = [pgbench, "--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--jobs={min(clients, 2)}"]
        command += [f"--time={limit:.0f}", f"--file={SQL / 'drain.sql'}"]
        command += [f"--define={name}={value}" for name, value in VARIABLES.items()]
        process = subprocess.Popen(
            [*command, url], stdout=log, stderr=log, env=os.environ | {"PGOPTIONS": PLANNER}, text=True
        )
        try:
            while watcher.execute("SELECT EXISTS (SELECT 1 FROM live_job)").fetchone() == (True,):
                if process.poll() is not None:
                    log.seek(0)
                    raise ProgramError(f"pgbench ended before the queue was empty:\n{log.read()[-3000:]}")
                time.sleep(0.25)
        finally:
            process.terminate()
            process.wait()
        log.seek(0)
        if "aborted" in (said := log.read()):
            raise ProgramError(f"a client of pgbench gave up:\n{said[-3000:]}")
        ended, took = watcher.execute(
            "SELECT COUNT(*), (MAX(finished_at) - MIN(started_at)) / 1e6 FROM job WHERE state = 'succeeded'"
        ).fetchone() or (0, 0)
    if ended != jobs:
        raise ProgramError(f"{ended} of {jobs} jobs have ended under pgbench")
    return float(jobs / float(took))


def measure(program: Path, url: str, setting: str, jobs: int, limit: float) -> dict[str, Any]:
    empty_postgres(url)
    bench(program, ["enqueue"], url, None, jobs, limit)
    copied = copy_rows(url, jobs, stored_rows(url))
    settle_postgres(url)
    drained = pgbench_drain(url, SETTINGS[setting], jobs, limit)
    with psycopg.connect(url) as connection:
        version = f"{connection.info.server_version // 10_000}.{connection.info.server_version % 10_000}"
    return {
        "version": version,
        "store": "postgres",
        "jobs": jobs,
        "enqueue_per_second": round(copied),
        "drain_per_second": round(drained),
        "pickup_ms": None,
        "settings": setting,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="a PostgreSQL URL; its schema public is emptied")
    parser.add_argument("--suisha", type=Path, help="our program: it makes the tables and the rows")
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--setting", choices=list(SETTINGS), default=next(iter(SETTINGS)))
    parser.add_argument("--limit", type=float, default=240, help="seconds a step may take")
    parser.add_argument("--no-pickup", action="store_true", help="there is none")
    parser.add_argument("--list-settings", action="store_true", help="print the settings' names")
    options = parser.parse_args()
    if options.list_settings:
        print(json.dumps(list(SETTINGS)))
        return
    suisha_program.end_on_signal()
    try:
        program = suisha_program.find(options.suisha)
        result = measure(program, options.url, options.setting, options.jobs, options.limit)
    except ProgramError as error:
        sys.exit(str(error))
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
