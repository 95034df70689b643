"""Our own program, as the benchmark runs it: `suisha bench queue`, one process for each step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MISSING = "there is no optimised suisha here: `make release` builds one, or name one with --suisha PATH"


class ProgramError(Exception):
    """Our program is missing or failed; the text says what to do."""


def find(named: Path | None) -> Path:
    """The program that was named, or the latest that was built with optimisation."""
    if named is not None:
        if not os.access(named, os.X_OK) or named.is_dir():
            raise ProgramError(f"{named} is no program; name one that is, or leave --suisha out after `make release`")
        return named.resolve()
    built = [*ROOT.glob(".build-release/**/bin/suisha"), ROOT / ".build" / "release" / "suisha"]
    found = [program for program in built if os.access(program, os.X_OK)]
    if not found:
        raise ProgramError(MISSING)
    return max(found, key=lambda program: program.stat().st_mtime)


def version(program: Path) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.split()
    return said[-1] if said else "unversioned"


def command(program: Path, steps: Sequence[str], database: str, queue: str | None, jobs: int) -> list[str]:
    options = ["--json", "--jobs", str(jobs), "--steps", ",".join(steps), "--database-url", database]
    return [str(program), "bench", "queue", *options, *(["--queue-url", queue] if queue else [])]


def bench(
    program: Path, steps: Sequence[str], database: str, queue: str | None, jobs: int, limit: float
) -> dict[str, Any]:
    """What one run of the benchmark printed."""
    arguments = command(program, steps, database, queue, jobs)
    try:
        ran = subprocess.run(arguments, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        raise ProgramError(f"suisha bench queue --steps {','.join(steps)} did not end within {limit:.0f} s") from None
    if ran.returncode != 0:
        raise ProgramError(f"suisha bench queue --steps {','.join(steps)} failed:\n{ran.stderr[-2000:]}")
    figures: dict[str, Any] = json.loads(ran.stdout)
    return figures


def end_on_signal() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
