"""A run as a part of docs/benchmarks.md."""

from __future__ import annotations

from bars import bars_table, ceilings
from report import Result, table


def page(document: Result) -> str:
    machine = document["machine"]
    quiet = max((row["others_busy_percent"] for row in document["medians"]), default=0)
    parts = [
        f"Measured on {machine['date'][:10]} on {machine['cores']} cores ({machine['processor']}), Linux "
        f"{machine['kernel']}; {machine['stores']}; Python {machine['python']}. Others used at most {quiet} % of the machine "
        f"around a measurement. Medians of {document['runs_of_each']}, in one run of `make bench-queue`.",
        bars_table(document),
        ceilings(document),
        table(document["medians"]),
    ]
    if claims := claim_table(document):
        parts.append(claims)
    if four := document.get("four_processes"):
        shares = ", ".join(f"{share:,}" if share is not None else "?" for share in four["jobs_of_each"])
        parts.append(
            f"Four processes that drained {four['jobs']:,} jobs of one SQLite file at once ran {shares}; "
            f"{four['jobs_left']} were left, and the file was found locked {four['busy_errors']} times."
        )
    for name, fair in (document.get("fairness") or {}).items():
        if fair:
            newcomer, shares, caps = fair["newcomer"], fair["shares"], fair["caps"]
            parts.append(
                f"{name}: one job of another workspace behind {newcomer['behind']:,} jobs of {newcomer['slot_ms']:.0f} ms in 4 "
                f"slots began after {newcomer['start_ms']['p50']:.1f} ms (p50), {newcomer['slowest_ms']:.1f} ms at the slowest of "
                f"200. Of {shares['workspaces']:,} workspaces each got {shares['least']} to {shares['most']} of the first half of "
                f"the runs, Jain index {shares['jain']:.4f}. {caps['admissions']:,} admissions under {caps['keys']} caps of "
                f"{caps['limit']}: {caps['beyond']} beyond, {caps['per_second']:,.0f} jobs/s."
            )
    if lost := document.get("lost_worker"):
        killed, frozen = (
            ", ".join(f"{seconds:.1f}" for seconds in lost[f"{how}_seconds"]) for how in ("killed", "frozen")
        )
        parts.append(
            f"The job of a worker that was killed (kill -9) ran again on another after {killed} s; of one that was frozen "
            f"(SIGSTOP) after {frozen} s."
        )
    if idle := document.get("idle_load"):
        parts.append(
            f"{idle['workers']} idle workers asked PostgreSQL for {idle['queries_per_second']} queries a second together "
            f"over {idle['seconds']:.0f} s ({idle['with_begin_and_commit_per_second']} with BEGIN and COMMIT)."
        )
    return "\n\n".join(part for part in parts if part) + "\n"


def claim_table(document: Result) -> str:
    costs = {name: cost for name, cost in (document.get("claim_cost") or {}).items() if cost}
    lines = []
    for name, cost in costs.items():
        for backlog, took in sorted(cost["claim_ms_at_backlog"].items(), key=lambda entry: int(entry[0])):
            lines.append(
                f"| {name} | {cost.get('claim_batch', 1)} | {int(backlog):,} | {took['p50']:.2f} | {took['p95']:.2f} "
                f"| {took['p99']:.2f} |"
            )
    if not lines:
        return ""
    head = ["| claim | jobs a claim | jobs waiting | p50 ms | p95 ms | p99 ms |", "|---|---|---|---|---|---|"]
    return "\n".join(head + lines)
