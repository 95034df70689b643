"""How long it takes from a worker's report, its commit included, until a socket has it."""

from __future__ import annotations

import statistics
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "examples")]

import live  # noqa: E402  (the client of docs/live.md)
from judging.server import Caller  # noqa: E402

LINES, PAUSE = 200, 0.05


def measure(owner: Caller, workspace: str) -> dict[str, float]:
    """Writes lines into the log of a job, one by one, and waits for each at a socket; milliseconds."""
    inside = owner.inside(workspace)
    worker = inside.must("POST", "/api/v1/workers", {"name": "talker", "kinds": [{"name": "talk"}]})["id"]
    job = inside.must("POST", "/api/v1/jobs", {"kind": "talk", "input": {}})["id"]
    leased = inside.must("POST", f"/api/v1/workers/{worker}/lease", {"wait_ms": 10_000})["jobs"]
    if not leased:
        sys.exit("bench-web: the worker got no job within 10 s")
    epoch = leased[0]["epoch"]
    key = inside.must("POST", "/api/v1/keys", {"name": "reader", "permissions": ["jobs:read"]})["secret"]
    socket = live.WebSocket(owner.url + "/api/v1/live", key)
    socket.send(f'{{"type": "subscribe", "id": "1", "stream": "job:{job}"}}'.encode())
    messages = socket.messages()
    next(message for message in messages if '"answer"' in message)

    arrived: dict[int, float] = {}

    def read() -> None:
        for message in messages:
            now = time.monotonic()
            place = message.find('"message":"line ')
            if place < 0:
                continue
            number = int(message[place + 16:].split('"', 1)[0])
            arrived[number] = now
            if number == LINES - 1:
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    sent: dict[int, float] = {}
    for number in range(LINES):
        sent[number] = time.monotonic()
        inside.must("POST", f"/api/v1/workers/{worker}/jobs/{job}/log", {
            "epoch": epoch, "lines": [{"level": "info", "message": f"line {number}"}]})
        time.sleep(max(0.0, sent[number] + PAUSE - time.monotonic()))
    reader.join(10)
    socket.close()
    if len(arrived) != LINES:
        sys.exit(f"bench-web: {len(arrived)} of {LINES} lines came to the socket")
    inside.must("POST", f"/api/v1/workers/{worker}/jobs/{job}/complete", {"epoch": epoch, "result": {}})
    times = sorted(1_000 * (arrived[number] - sent[number]) for number in range(LINES))
    cuts = statistics.quantiles(times, n=100)
    return {"p50_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98]}
