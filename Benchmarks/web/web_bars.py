"""What access and the HTTP server promise, and whether a run keeps it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "peers"))

from bars import Bar, Verdict  # noqa: E402  (the one form of a bar)

Run = Mapping[str, Any]


def access(figure: str, scale: float = 1) -> Callable[[Run], float | None]:
    return lambda run: run["access"][figure] * scale if "access" in run else None


def reads_left(run: Run) -> float | None:
    """The share of the database's work that the cache leaves."""
    if "access" not in run:
        return None
    return 100 * run["access"]["database_reads"] / run["access"]["uncached_database_reads"]


def asked(run: Run) -> float | None:
    """The share of requests under load that asked the database who calls."""
    return 100 * run["lookups"]["database"] / sum(run["lookups"].values()) if "lookups" in run else None


def median(server: str, figure: str) -> Callable[[Run], float | None]:
    return lambda run: run["medians"][server][figure] if server in run.get("medians", {}) else None


def ratio(run: Run) -> float | None:
    rates = [median(server, "per_second")(run) for server in ("session", "bare")]
    return rates[0] / rates[1] if rates[0] and rates[1] else None


def crowd(figure: str) -> Callable[[Run], float | None]:
    """The worst of the stores, of people who ask once a second."""

    def worst(run: Run) -> float | None:
        found = [row[figure] for store in run.get("users", {}).values() for name, row in store.items()
                 if name == "suisha, one request a second each"]
        return max(found, default=None)

    return worst


def sockets_lost(run: Run) -> float | None:
    lost = [store["sockets_lost"] for store in run.get("users", {}).values()]
    return sum(lost) if lost else None


def delivery(store: str) -> Callable[[Run], float | None]:
    return lambda run: run["users"][store]["delivery"]["p95_ms"] if store in run.get("users", {}) else None


BARS: Sequence[Bar] = (
    Bar("permission check", access("permission_ns", 1e-3), 1, unit="µs", at_most=True),
    Bar("session check from memory", access("session_us", 1e-3), 0.1, unit="ms", at_most=True),
    Bar("questions to the database, against no cache", reads_left, 1, unit="%", at_most=True),
    Bar("requests under load that asked the database who calls", asked, 1, unit="%", at_most=True),
    Bar("authenticated cached reads against the bare server", ratio, 0.5),
    Bar("authenticated cached reads", median("session", "per_second"), 10_000, unit="/s"),
    Bar("their P95 with 1,000 connections", median("session", "p95_ms"), 100, unit="ms", at_most=True),
    Bar("1,000 people, a request a second each: P95", crowd("p95_ms"), 100, unit="ms", at_most=True),
    Bar("commit to a socket, SQLite: P95", delivery("SQLite"), 50, unit="ms", at_most=True),
    Bar("commit to a socket, PostgreSQL and Redis: P95", delivery("PostgreSQL and Redis"), 100, unit="ms", at_most=True),
    Bar("1,000 people: requests that failed or were refused", crowd("errors"), 0, at_most=True),
    Bar("1,000 people: sockets lost", sockets_lost, 0, at_most=True),
)


def judged(run: Run) -> list[tuple[Bar, float | None, Verdict]]:
    values = [(bar, bar.figure(run)) for bar in BARS]
    return [(bar, value, bar.verdict(value)) for bar, value in values]


def table(run: Run) -> str:
    lines = ["| bar | target | measured | |", "|---|---|---|---|"]
    for bar, value, verdict in judged(run):
        said = "–" if value is None else f"{value:,.3g} {bar.unit}".rstrip() if value < 1_000 else f"{value:,.0f} {bar.unit}"
        note = str(verdict)
        if verdict in (Verdict.MISSED, Verdict.BROKEN):
            note = f"**{verdict}**" + (f", floor {bar.bound(bar.floor)}" if bar.floor is not None else "")
        lines.append(f"| {bar.name} | {bar.bound(bar.target)} | {said} | {note} |")
    return "\n".join(lines)


def broken(run: Run) -> list[str]:
    return [bar.name for bar, _, verdict in judged(run) if verdict == Verdict.BROKEN]
