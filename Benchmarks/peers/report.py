"""Medians of several runs, and the table that people read."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

Result = dict[str, Any]


def medians(results: Sequence[Result]) -> Result:
    """The results of one peer and setting as one, each figure the median of its runs."""
    combined = dict(results[0])
    for figure in ("enqueue_per_second", "drain_per_second"):
        combined[figure] = round(statistics.median(result[figure] for result in results))
    pickups = [result["pickup_ms"] for result in results if result["pickup_ms"]]
    if pickups:
        combined["pickup_ms"] = {
            share: round(statistics.median(pickup[share] for pickup in pickups), 2) for share in pickups[0]
        }
    for count in ("busy_errors", "ran_twice"):
        if any(count in result for result in results):
            combined[count] = max(result.get(count, 0) for result in results)
    combined["others_busy_percent"] = round(statistics.median(result["others_busy_percent"] for result in results))
    combined["runs"] = len(results)
    return combined


def table(rows: Sequence[Result]) -> str:
    lines: list[tuple[str, ...]] = [
        (
            "peer",
            "version",
            "store",
            "jobs",
            "enqueue/s",
            "drain/s",
            "pickup p50/p95/p99 ms",
            "runs",
            "others",
            "settings",
        )
    ]
    for row in rows:
        pickup = row["pickup_ms"]
        notes = [row["settings"]]
        if "busy_errors" in row:
            notes.append(f"{row['busy_errors']} BUSY")
        if "ran_twice" in row:
            notes.append(f"{row['ran_twice']} ran twice")
        lines.append(
            (
                row["peer"],
                row["version"],
                row["store"],
                f"{row['jobs']:,}",
                f"{row['enqueue_per_second']:,}",
                f"{row['drain_per_second']:,}",
                "/".join(f"{pickup[share]:.1f}" for share in ("p50", "p95", "p99")) if pickup else "-",
                str(row["runs"]),
                f"{row['others_busy_percent']} %",
                "; ".join(notes),
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines)
