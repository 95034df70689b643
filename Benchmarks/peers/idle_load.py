"""What idle workers ask of PostgreSQL: statements a second, counted by pg_stat_statements, of ten workers together."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import suisha_program
from stores import empty_postgres
from suisha_program import ProgramError

#: Long enough that every timer of a worker has run after its start, and runs several times in the measurement.
SETTLING = 15
STATEMENTS = """
    SELECT calls, query FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND query NOT LIKE '%pg_stat_statements%' ORDER BY calls DESC
    """


def start(program: Path, url: str, folder: Path, stack: ExitStack) -> subprocess.Popen[str]:
    """A worker in a folder of its own that ends with the stack."""
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUISHA_")}
    log = stack.enter_context((folder / "log").open("w"))
    worker = subprocess.Popen(
        [program, "worker", "--database-url", url, "--data-folder", str(folder / "data"), "--log-format", "json"],
        stdout=log,
        stderr=log,
        text=True,
        cwd=folder,
        env=environment,
    )

    def end() -> None:
        worker.terminate()
        try:
            worker.wait(30)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()

    stack.callback(end)
    return worker


def wait_for_sessions(connection: psycopg.Connection[Any], workers: list[subprocess.Popen[str]], folder: Path) -> None:
    deadline = time.monotonic() + 120
    while True:
        for number, worker in enumerate(workers):
            if worker.poll() is not None:
                said = (folder / str(number) / "log").read_text()
                raise ProgramError(f"a worker ended at once:\n{said[-2000:]}")
        known = connection.execute("SELECT to_regclass('worker_session')").fetchone()
        if known != (None,):
            there = connection.execute("SELECT COUNT(*) FROM worker_session").fetchone()
            if there == (len(workers),):
                return
        if time.monotonic() > deadline:
            raise ProgramError("not all workers have a session with the database after 120 s")
        time.sleep(0.25)


def measure(program: Path, url: str, count: int, seconds: float) -> dict[str, Any]:
    empty_postgres(url)
    with psycopg.connect(url, autocommit=True) as connection, ExitStack() as stack:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workers = [start(program, url, folder / str(number), stack) for number in range(count)]
        wait_for_sessions(connection, workers, folder)
        time.sleep(SETTLING)
        connection.execute("SELECT pg_stat_statements_reset()")
        begun = time.monotonic()
        time.sleep(seconds)
        rows = connection.execute(STATEMENTS).fetchall()
        took = time.monotonic() - begun
    framing = sum(calls for calls, query in rows if query.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SET")))
    everything = sum(calls for calls, _ in rows)
    return {
        "workers": count,
        "seconds": round(took, 1),
        "queries_per_second": round((everything - framing) / took, 2),
        "with_begin_and_commit_per_second": round(everything / took, 2),
        "most_frequent": [
            {"per_second": round(calls / took, 2), "query": " ".join(query.split())[:100]} for calls, query in rows[:8]
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="a PostgreSQL that has loaded pg_stat_statements; it is emptied")
    parser.add_argument("--suisha", type=Path, help="our program")
    parser.add_argument("--workers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    suisha_program.end_on_signal()
    try:
        program = suisha_program.find(options.suisha)
        result = measure(program, options.url, options.workers, options.seconds)
    except ProgramError as error:
        sys.exit(str(error))
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
