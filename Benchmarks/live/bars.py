"""What live updates promise, beside nginx with nchan in the same run, and whether the run keeps it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Result = dict[str, Any]
OURS, THEIRS = "suisha", "nchan"


@dataclass(frozen=True)
class Bar:
    name: str
    figure: Callable[[Result], float]
    target: float
    unit: str = ""
    #: The most that does not fail a run, where the target is known to be missed.
    floor: float | None = None


def against(step: str, figure: str) -> Callable[[Result], float]:
    return lambda medians: medians[OURS][step][figure] / medians[THEIRS][step][figure]


def ours(step: str, figure: str) -> Callable[[Result], float]:
    return lambda medians: medians[OURS][step][figure]


def faults(medians: Result) -> float:
    """Messages that did not come, came twice or out of order, over all steps."""
    return float(sum(step.get("faults", 0) for step in medians[OURS].values()))


BARS: Sequence[Bar] = (
    Bar("p50 of delivery against nchan, 500 listeners", against("500", "p50_ms"), 1.25, "x"),
    Bar("p99, 500 listeners", against("500", "p99_ms"), 1.25, "x"),
    Bar("p50, 2,000 listeners", against("2000", "p50_ms"), 1.25, "x", floor=1.6),
    Bar("p99, 2,000 listeners", against("2000", "p99_ms"), 1.25, "x"),
    Bar("CPU per delivery, 2,000 listeners", ours("2000", "cpu_us"), 10, "µs", floor=14),
    Bar("p99, 5,000 listeners", ours("5000", "p99_ms"), 50, "ms", floor=130),
    Bar("memory per idle connection, 5,000 listeners", ours("5000", "memory_kib"), 16, "KiB"),
    Bar("messages lost, doubled or out of order", faults, 0),
    Bar("20 stuck readers: p99 of the others against without", ours("stuck", "p99_growth"), 1.2, "x"),
    Bar("20 stuck readers: memory of each", ours("stuck", "memory_kib"), 1_024, "KiB"),
    Bar("2,000 reconnects until each has its message", ours("reconnect", "seconds"), 3, "s"),
)


def judged(medians: Result) -> list[tuple[Bar, float, str]]:
    rows = []
    for bar in BARS:
        value = bar.figure(medians)
        floor = bar.target if bar.floor is None else bar.floor
        rows.append((bar, value, "kept" if value <= bar.target else "**missed**" if value <= floor else "**BROKEN**"))
    return rows


def bars_table(medians: Result) -> str:
    lines = ["| bar | target | measured | |", "|---|---|---|---|"]
    lines += [
        f"| {bar.name} | {f'≤ {bar.target:g} {bar.unit}'.rstrip()} | {f'{value:.3g} {bar.unit}'.rstrip()} | {verdict} |"
        for bar, value, verdict in judged(medians)
    ]
    return "\n".join(lines)


def figures_table(medians: Result) -> str:
    """All figures side by side."""
    names = list(medians)
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    rows: list[tuple[str, str, str, str]] = [
        (f"{int(step):,} listeners: {text}", step, figure, unit)
        for step in ("500", "2000", "5000")
        for text, figure, unit in (
            ("p50", "p50_ms", "ms"), ("p99", "p99_ms", "ms"), ("CPU per delivery", "cpu_us", "µs"),
            ("memory per connection", "memory_kib", "KiB"),
        )
    ]  # fmt: skip
    rows += [
        ("20 stuck readers: p99 of 200 others", "stuck", "p99_ms", "ms"),
        ("the same without the stuck", "stuck", "p99_without_ms", "ms"),
        ("memory that each stuck reader takes", "stuck", "memory_kib", "KiB"),
        ("2,000 reconnects", "reconnect", "seconds", "s"),
    ]
    for text, step, figure, unit in rows:
        cells = [f"{medians[name][step][figure]:.3g} {unit}" for name in names]
        lines.append(f"| {text} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
