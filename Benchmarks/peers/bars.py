"""What the queue promises beside its peers and references, and whether a run keeps it.

A bar has a target, and a floor that a run must not fall below. Where we keep the target, the floor is the target. Where we
are known to miss it, the floor is lower, so that it does not get worse unseen; the bar is then printed as missed. A figure
that was not measured, because a peer or a step was left out, is neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from report import Result

OWN_STORES = ("suisha-sqlite", "suisha-postgres", "suisha-redis-postgres", "suisha-redis-sqlite")


class Verdict(StrEnum):
    KEPT = "kept"
    MISSED = "missed"
    BROKEN = "BROKEN"
    UNKNOWN = "not measured"


class Measured:
    """The figures of a run."""

    def __init__(self, document: Result) -> None:
        self._document = document
        self._medians: dict[str, Result] = {row["peer"]: row for row in reversed(document.get("medians", []))}

    def ratio(self, figure: str, ours: str, theirs: str) -> float | None:
        own, other = self._medians.get(ours), self._medians.get(theirs)
        return own[f"{figure}_per_second"] / other[f"{figure}_per_second"] if own and other else None

    def slowest_pickup(self, share: str) -> float | None:
        rows = [self._medians[store]["pickup_ms"] for store in OWN_STORES if store in self._medians]
        return max((row[share] for row in rows if row), default=None)

    def claim_growth(self, who: str) -> float | None:
        """The p99 of a claim behind many jobs, against that behind few."""
        cost = (self._document.get("claim_cost") or {}).get(who)
        if not cost:
            return None
        took = cost["claim_ms_at_backlog"]
        # A trial with a shorter queue says nothing of this bar.
        return float(took["1000000"]["p99"] / took["1000"]["p99"]) if "1000000" in took else None

    def four_processes(self) -> float | None:
        """What went wrong when four processes drained one file: locked databases, jobs left, bad exits."""
        ran = self._document.get("four_processes")
        if not ran:
            return None
        return float(ran["busy_errors"] + ran["jobs_left"] + sum(code != 0 for code in ran["exit_codes"]))

    def fairness(self, figure: Callable[[Result], float]) -> float | None:
        """The worst of our stores."""
        measured = [row for row in (self._document.get("fairness") or {}).values() if row]
        return max((figure(row) for row in measured), default=None)

    def lost_worker(self) -> float | None:
        lost = self._document.get("lost_worker")
        return max([*lost["killed_seconds"], *lost["frozen_seconds"]]) if lost else None

    def idle_load(self) -> float | None:
        idle = self._document.get("idle_load")
        return idle["queries_per_second"] if idle else None


@dataclass(frozen=True)
class Bar:
    name: str
    figure: Callable[[Measured], float | None]
    target: float
    unit: str = "x"
    at_most: bool = False
    #: The least, or most, that does not fail a run; the target unless given.
    floor: float | None = None

    def holds(self, value: float, bound: float) -> bool:
        return value <= bound if self.at_most else value >= bound

    def verdict(self, value: float | None) -> Verdict:
        if value is None:
            return Verdict.UNKNOWN
        if self.holds(value, self.target):
            return Verdict.KEPT
        floor = self.target if self.floor is None else self.floor
        return Verdict.MISSED if self.holds(value, floor) else Verdict.BROKEN

    def bound(self, value: float) -> str:
        return f"{'≤' if self.at_most else '≥'} {value:g} {self.unit}".rstrip()


def times(name: str, figure: str, ours: str, theirs: str, target: float, floor: float | None = None) -> Bar:
    return Bar(name, lambda run: run.ratio(figure, ours, theirs), target, floor=floor)


def pickup(share: str, target: float, floor: float | None = None) -> Bar:
    name = f"idle pickup, {share}, the slowest of our stores"
    return Bar(name, lambda run: run.slowest_pickup(share), target, unit="ms", at_most=True, floor=floor)


def claims(store: str, name: str, target: float = 1.25, floor: float | None = None) -> Bar:
    name = f"claim p99 behind 1,000,000 jobs against 1,000, {name}"
    return Bar(name, lambda run: run.claim_growth(store), target, at_most=True, floor=floor)


BARS: Sequence[Bar] = (
    times("PostgreSQL drain against pgqueuer", "drain", "suisha-postgres", "pgqueuer", 2, floor=0.25),
    times("PostgreSQL drain against procrastinate", "drain", "suisha-postgres", "procrastinate", 10, floor=7),
    times("PostgreSQL drain against its own SQL under pgbench", "drain", "suisha-postgres", "reference", 0.5),
    times("PostgreSQL bulk enqueue against pgqueuer", "enqueue", "suisha-postgres", "pgqueuer", 1.5, floor=0.6),
    times("PostgreSQL bulk enqueue against COPY", "enqueue", "suisha-postgres", "reference", 0.6, floor=0.35),
    times("SQLite drain against huey", "drain", "suisha-sqlite", "huey", 5, floor=3),
    times("SQLite drain against litequeue", "drain", "suisha-sqlite", "litequeue", 2),
    Bar("SQLite, four processes: locked, left or failed", Measured.four_processes, 0, unit="", at_most=True),
    times("Redis over PostgreSQL, drain against bullmq", "drain", "suisha-redis-postgres", "bullmq", 1),
    times("Redis over PostgreSQL, drain against arq", "drain", "suisha-redis-postgres", "arq", 3, floor=1.8),
    times("Redis over PostgreSQL, drain against rq", "drain", "suisha-redis-postgres", "rq", 3),
    times("Redis over SQLite, drain against bullmq", "drain", "suisha-redis-sqlite", "bullmq", 1),
    pickup("p50", 5),
    pickup("p95", 15),
    pickup("p99", 50),
    claims("suisha-postgres", "PostgreSQL"),
    claims("suisha-sqlite", "SQLite", floor=1.7),
    Bar(
        "one job behind 100,000 of another workspace: slowest start beyond one free slot",
        lambda run: run.fairness(lambda row: row["newcomer"]["slowest_ms"] - row["newcomer"]["slot_ms"]),
        50,
        unit="ms",
        at_most=True,
    ),
    Bar(
        "shares of 1,000 workspaces, 1 - Jain index",
        lambda run: run.fairness(lambda row: 1 - row["shares"]["jain"]),
        0.01,
        unit="",
        at_most=True,
    ),
    Bar(
        "admissions beyond a cap, of 1,000,000",
        lambda run: run.fairness(lambda row: row["caps"]["beyond"]),
        0,
        unit="",
        at_most=True,
    ),
    Bar("a killed or frozen worker's job runs again", Measured.lost_worker, 17, unit="s", at_most=True),
    Bar("10 idle workers, queries a second together", Measured.idle_load, 8, unit="/s", at_most=True),
)


def judged(document: Result) -> list[tuple[Bar, float | None, Verdict]]:
    run = Measured(document)
    values = [(bar, bar.figure(run)) for bar in BARS]
    return [(bar, value, bar.verdict(value)) for bar, value in values]


def bars_table(document: Result) -> str:
    lines = ["| bar | target | measured | |", "|---|---|---|---|"]
    for bar, value, verdict in judged(document):
        said = "–" if value is None else f"{value:.3g} {bar.unit}".rstrip()
        note = str(verdict)
        if verdict in (Verdict.MISSED, Verdict.BROKEN):
            note = f"**{verdict}**" + (f", floor {bar.bound(bar.floor)}" if bar.floor is not None else "")
        lines.append(f"| {bar.name} | {bar.bound(bar.target)} | {said} | {note} |")
    return "\n".join(lines)


#: What bounds a ratio from outside, so that a missed bar can be understood: a reference or peer against another.
CEILINGS = (
    ("our SQL under pgbench drains", "drain", "reference", "pgqueuer"),
    ("COPY of our rows enqueues", "enqueue", "reference", "pgqueuer"),
    ("our SQL under pgbench drains", "drain", "reference", "procrastinate"),
)


def ceilings(document: Result) -> str:
    """How the references stand beside the peers; empty when they did not run."""
    run = Measured(document)
    ratios = [(text, run.ratio(figure, ours, theirs), theirs) for text, figure, ours, theirs in CEILINGS]
    said = [f"{text} {ratio:.2f} times as fast as {theirs}" for text, ratio, theirs in ratios if ratio is not None]
    return f"Without the engine: {'; '.join(said)}." if said else ""


def broken(document: Result) -> list[str]:
    return [bar.name for bar, _, verdict in judged(document) if verdict == Verdict.BROKEN]
