"""How soon a job runs again whose worker was lost: killed with kill -9, or frozen with SIGSTOP, which is also what a machine
that vanished looks like to the others.

Two workers and an API process on one PostgreSQL; the job is a command that notes when it begins and then sleeps.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import suisha_program
from servers import free_port
from stores import empty_postgres
from suisha_program import ProgramError

SETTINGS = """
exec:
  - kind: note-and-sleep
    command: ["/bin/sh", "-c", "echo $PPID $(date +%s.%N) >> {notes}; sleep 600"]
"""
#: Far beyond the bar: what has not come by then does not come.
PATIENCE = 60


class Trial:
    def __init__(self, program: Path, url: str, folder: Path, stack: ExitStack) -> None:
        self._program, self._folder, self._stack = program, folder, stack
        self._notes = folder / "notes"
        self._port = free_port()
        (folder / "suisha.yaml").write_text(SETTINGS.format(notes=self._notes))
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("SUISHA_")} | {
            "SUISHA_DATABASE_URL": url,
            "SUISHA_DATA_FOLDER": str(folder / "data"),
        }
        self._start("serve", "--roles", "api", "--http-port", str(self._port))
        self._wait("the server to answer", self._is_ready)
        self._workers = [self._start("worker", "--worker-slots", "1") for _ in range(2)]

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self._folder / "log").open("ab"))
        process = subprocess.Popen(
            [self._program, *arguments, "--config", str(self._folder / "suisha.yaml")],
            stdout=log, stderr=log, cwd=self._folder, env=self._environment,
        )  # fmt: skip

        def end() -> None:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

        self._stack.callback(end)
        return process

    def _wait(self, what: str, condition: Any) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (value := condition()):
            if time.monotonic() > deadline:
                said = (self._folder / "log").read_text()[-2000:]
                raise ProgramError(f"waited {PATIENCE} s for {what} in vain:\n{said}")
            time.sleep(0.02)
        return value

    def _request(self, method: str, path: str, body: Any = None) -> Any:
        token = (self._folder / "data" / "token").read_text().strip()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=5):
                return True
        except OSError:
            return False

    def _starts(self, count: int) -> list[tuple[int, float]] | None:
        """The process above each start and its time, when there are so many."""
        lines = self._notes.read_text().splitlines() if self._notes.exists() else []
        starts = [(int(parent), float(at)) for parent, at in (line.split() for line in lines)]
        return starts if len(starts) >= count else None

    def lose(self, sign: signal.Signals) -> float:
        """Seconds from the loss of the worker that runs a job to the job's next start."""
        self._notes.unlink(missing_ok=True)
        job = self._request("POST", "/api/v1/jobs", {"kind": "note-and-sleep", "input": {}})["id"]
        (parent, _), *_ = self._wait("the job to begin", lambda: self._starts(1))
        owner = next(worker for worker in self._workers if worker.pid in ancestors(parent))
        lost = time.time()
        owner.send_signal(sign)
        again = self._wait("the job to run again", lambda: self._starts(2))[1][1]
        if sign == signal.SIGSTOP:
            owner.send_signal(signal.SIGCONT)
        else:
            owner.wait()
            self._workers[self._workers.index(owner)] = self._start("worker", "--worker-slots", "1")
        self._request("POST", f"/api/v1/jobs/{job}/cancel")
        self._wait("the job to end", lambda: self._request("GET", f"/api/v1/jobs/{job}")["state"] == "canceled")
        return round(again - lost, 2)


def ancestors(process: int) -> set[int]:
    found: set[int] = set()
    while process > 1:
        found.add(process)
        # After the name, which may hold anything and ends with the last ")": the state and the parent.
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="a PostgreSQL; it is emptied")
    parser.add_argument("--suisha", type=Path, help="our program")
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    suisha_program.end_on_signal()
    try:
        program = suisha_program.find(options.suisha)
        empty_postgres(options.url)
        with ExitStack() as stack:
            trial = Trial(program, options.url, Path(stack.enter_context(tempfile.TemporaryDirectory())), stack)
            result = {
                "killed_seconds": [trial.lose(signal.SIGKILL) for _ in range(options.times)],
                "frozen_seconds": [trial.lose(signal.SIGSTOP) for _ in range(options.times)],
            }
    except ProgramError as error:
        sys.exit(str(error))
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
