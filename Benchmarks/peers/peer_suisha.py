"""Our own queue on one of its stores, measured by `suisha bench queue`, one process for each step.

The steps are what the peers do: enqueue into an empty store, settle, drain with one worker of 256 slots, and pickup with
an idle worker on an empty store. `--claim-cost` times claims behind 1,000 and 1,000,000 jobs; `--four-processes` drains
one SQLite file by four processes at once and fails when one of them saw it locked; `--fairness` measures who runs next.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import suisha_program
from stores import empty_folder, empty_postgres, empty_redis, settle_postgres
from suisha_program import ProgramError, bench

DRAINERS = 4


class Stores:
    """A database, and a Redis before it or none."""

    def __init__(self, url: str, queue: str | None) -> None:
        self.is_postgres = url.startswith("postgres")
        self.place = url
        self.database = url if self.is_postgres else f"sqlite:{url}/suisha.db"
        self.queue = queue
        database = "postgres" if self.is_postgres else "sqlite"
        self.name = f"redis over {database}" if queue else database

    def empty(self) -> None:
        if self.is_postgres:
            empty_postgres(self.place)
        else:
            empty_folder(self.place)
        if self.queue:
            empty_redis(self.queue)

    def settle(self) -> None:
        if self.is_postgres:
            settle_postgres(self.place)

    def waiting(self) -> int:
        """Jobs of a SQLite file that have not ended."""
        with sqlite3.connect(f"file:{self.place}/suisha.db?mode=ro", uri=True, timeout=30) as connection:
            return int(connection.execute("SELECT COUNT(*) FROM live_job").fetchone()[0])


def measure(program: Path, stores: Stores, jobs: int, limit: float, pickup: bool) -> dict[str, Any]:
    def step(name: str) -> dict[str, Any]:
        return bench(program, [name], stores.database, stores.queue, jobs, limit)

    stores.empty()
    enqueued = step("enqueue")
    stores.settle()
    drained = step("drain")
    picked: dict[str, float] | None = None
    if pickup:
        stores.empty()
        picked = {share: round(took, 2) for share, took in step("pickup")["pickup_ms"].items()}
    return {
        "version": suisha_program.version(program),
        "store": stores.name,
        "jobs": jobs,
        "enqueue_per_second": round(enqueued["enqueue_per_second"]),
        "drain_per_second": round(drained["drain_per_second"]),
        "pickup_ms": picked,
        "settings": "1 process, 256 slots",
    }


def claim_cost(program: Path, stores: Stores, jobs: int, limit: float) -> dict[str, Any]:
    stores.empty()
    figures = bench(program, ["enqueue", "claim"], stores.database, stores.queue, jobs, limit)["claim_ms"]
    of_backlog = {str(backlog): figures[size] for backlog, size in ((1_000, "few"), (jobs, "many"))}
    return {"store": stores.name, "claim_ms_at_backlog": of_backlog}


def four_processes(program: Path, stores: Stores, jobs: int, limit: float) -> dict[str, Any]:
    """Four drains of one file at once: what they ran together, how they ended, and what they said."""
    stores.empty()
    bench(program, ["enqueue"], stores.database, stores.queue, jobs, limit)
    arguments = suisha_program.command(program, ["drain"], stores.database, stores.queue, jobs)
    begun = time.monotonic()
    drainers = [
        subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(DRAINERS)
    ]
    said: list[tuple[str, str]] = []
    try:
        for drainer in drainers:
            left = max(1.0, limit - (time.monotonic() - begun))
            try:
                said.append(drainer.communicate(timeout=left))
            except subprocess.TimeoutExpired:
                raise ProgramError(f"four drains of one SQLite file did not end within {limit:.0f} s") from None
    finally:
        for drainer in drainers:
            drainer.kill()
            drainer.wait()
    took = time.monotonic() - begun
    figures = [json.loads(output) for output, _ in said if output.startswith("{")]
    return {
        "store": stores.name,
        "processes": DRAINERS,
        "jobs": jobs,
        "jobs_of_each": [figure.get("drained") for figure in figures],
        "jobs_left": stores.waiting(),
        "per_second_with_starts": round(jobs / took),
        "exit_codes": [drainer.returncode for drainer in drainers],
        "busy_errors": sum(figure.get("failed_calls", 0) for figure in figures)
        + sum(errors.lower().count("locked") + errors.lower().count("busy") for _, errors in said),
        "said": [errors.strip()[-500:] for _, errors in said if errors.strip()],
    }


def fairness(program: Path, stores: Stores, jobs: int, cap_jobs: int, limit: float) -> dict[str, Any]:
    """One job behind many of another workspace, the shares of many workspaces, and admissions under caps."""
    figures: dict[str, Any] = {"store": stores.name}
    for step, count in (("newcomer", jobs), ("shares", jobs), ("caps", cap_jobs)):
        stores.empty()
        figures[step] = bench(program, [step], stores.database, stores.queue, count, limit)[step]
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="a PostgreSQL URL, or a folder for a SQLite file; it is emptied")
    parser.add_argument("--queue-url", help="a Redis before it; it is emptied")
    parser.add_argument("--suisha", type=Path, help="our program, built with optimisation")
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--setting", help="there is one only")
    parser.add_argument("--limit", type=float, default=240, help="seconds a step may take")
    parser.add_argument("--no-pickup", action="store_true", help="skip the pickup latency")
    parser.add_argument("--list-settings", action="store_true", help="print the settings' names")
    parser.add_argument("--claim-cost", action="store_true", help="claims at two depths, nothing else")
    parser.add_argument("--four-processes", action="store_true", help="four drains of one SQLite file, nothing else")
    parser.add_argument("--fairness", action="store_true", help="newcomers, shares and caps, nothing else")
    parser.add_argument("--cap-jobs", type=int, default=1_000_000, help="jobs that run under caps (1,000,000)")
    options = parser.parse_args()
    if options.list_settings:
        print(json.dumps(["1 process, 256 slots"]))
        return
    suisha_program.end_on_signal()
    try:
        program = suisha_program.find(options.suisha)
        stores = Stores(options.url, options.queue_url)
        if options.claim_cost:
            result = claim_cost(program, stores, options.jobs, options.limit)
        elif options.four_processes:
            result = four_processes(program, stores, options.jobs, options.limit)
        elif options.fairness:
            result = fairness(program, stores, options.jobs, options.cap_jobs, options.limit)
        else:
            result = measure(program, stores, options.jobs, options.limit, not options.no_pickup)
    except ProgramError as error:
        sys.exit(str(error))
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
