"""What every peer's script shares: worker processes, timing, percentiles and the line of JSON.

A script describes its peer as a subclass of `Peer` and ends with `main(ThatPeer)`. Each measurement starts from an
empty store:

    pickup   workers wait at an empty queue; one job every 20 ms; from the enqueue call's return to the handler's start
    enqueue  all jobs, by the peer's bulk call where it has one, no worker running
    drain    workers start at the full queue; from the first handler's start until the store says that nothing is left

Workers are processes forked from this one. Their handlers count into shared memory, so counting costs the peer nothing
worth measuring, and every drain ends with a look into the store: jobs that did not finish are an error, not a figure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import math
import multiprocessing
import signal
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version
from multiprocessing.context import ForkProcess
from multiprocessing.sharedctypes import RawArray
from typing import Any, Generic, Protocol, TypeVar

import uvloop

PROBES = 200
WARM_UPS = 10
PROBE_SPACING = 0.020
NOT_A_PROBE = -1
FORK = multiprocessing.get_context("fork")


class Failure(Exception):
    """A measurement that has no figure; its text says why."""


class Tally:
    """Counts in shared memory. Each worker process writes only its own cells, so processes need no lock."""

    def __init__(self, processes: int) -> None:
        self.counts = RawArray("q", processes)
        self.firsts = RawArray("d", processes)
        self.busies = RawArray("q", processes)
        self.starts = RawArray("d", WARM_UPS + PROBES)

    @property
    def ran(self) -> int:
        return sum(self.counts)

    @property
    def busy(self) -> int:
        return sum(self.busies)

    @property
    def first_start(self) -> float:
        return float(min(first for first in self.firsts if first > 0))


class Worker:
    """What one worker process reports to its tally."""

    def __init__(self, tally: Tally, place: int) -> None:
        self._tally = tally
        self._place = place
        self._lock = threading.Lock()  # huey's workers may be threads

    def started(self, probe: int = NOT_A_PROBE) -> None:
        """The whole of every handler."""
        with self._lock:
            self._tally.counts[self._place] += 1
            if self._tally.counts[self._place] == 1:
                self._tally.firsts[self._place] = time.monotonic()
        if probe != NOT_A_PROBE:
            self._tally.starts[probe] = time.monotonic()

    def busy(self) -> None:
        """The database said that it was locked."""
        with self._lock:
            self._tally.busies[self._place] += 1


class HasProcesses(Protocol):
    """What every peer's setting says: how many worker processes there are."""

    @property
    def processes(self) -> int: ...


Setting = TypeVar("Setting", bound=HasProcesses)


class Peer(ABC, Generic[Setting]):
    """One queue, as its documentation says to run it."""

    name: str
    store: str
    #: Settings that were tried, by name; the first is the best.
    settings: Mapping[str, Setting]
    #: Slower peers run fewer jobs, because jobs per second are compared.
    most_jobs = 100_000

    def __init__(self, url: str, setting: Setting) -> None:
        self.url = url
        self.setting = setting

    @abstractmethod
    def reset(self) -> None:
        """Leaves an empty store with the peer's own schema."""

    @abstractmethod
    def enqueue(self, count: int) -> None:
        """Adds `count` no-op jobs by the fastest documented way."""

    def settle(self) -> None:
        """Lets the store catch up between the bulk enqueue and the drain; not timed."""

    @abstractmethod
    def work(self, worker: Worker) -> None:
        """Runs in a worker process until that is terminated."""

    @abstractmethod
    def unfinished(self) -> int:
        """Jobs that the store does not hold as finished."""

    def sender(self) -> AbstractContextManager[Callable[[int], object]] | None:
        """A call that enqueues one probe; None where the peer leaves waiting to its user."""
        return None


def run_async(main: Any) -> Any:
    """Runs a coroutine on uvloop, and leaves no loop behind that a fork could inherit."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def wait_until(done: Callable[[], bool], seconds: float, workers: list[ForkProcess], what: str) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        if any(worker.exitcode is not None for worker in workers) and not done():
            raise Failure(f"a worker process ended before {what}")
        if time.monotonic() > deadline:
            raise Failure(f"not {what} within {seconds:.0f} s")
        time.sleep(0.005)


@contextmanager
def working(peer: Peer[Any], tally: Tally) -> Iterator[list[ForkProcess]]:
    """Worker processes that are gone afterwards."""

    def run(place: int) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        peer.work(Worker(tally, place))

    workers = [FORK.Process(target=run, args=(place,)) for place in range(peer.setting.processes)]
    try:
        for worker in workers:
            worker.start()
        yield workers
    finally:
        started = [worker for worker in workers if worker.pid is not None]
        for worker in started:
            worker.terminate()
        for worker in started:
            worker.join(3)
        for worker in started:
            worker.kill()  # the measurement is over; what a worker still does is of no interest
            worker.join()


def percentile(sorted_values: list[float], share: float) -> float:
    """The smallest value that at least `share` of all values do not exceed."""
    return sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)]


def percentiles_ms(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {f"p{share}": round(percentile(ordered, share / 100) * 1000, 2) for share in (50, 95, 99)}


def measure_pickup(peer: Peer[Any]) -> dict[str, float] | None:
    if peer.sender() is None:
        return None
    peer.reset()
    tally = Tally(peer.setting.processes)
    returned: list[float] = []
    with working(peer, tally) as workers:
        sender = peer.sender()
        assert sender is not None
        with sender as send:
            for probe in range(WARM_UPS + PROBES):
                if probe == WARM_UPS:  # every worker is up and the connections are warm
                    wait_until(lambda: all(tally.starts[:WARM_UPS]), 30, workers, "running at all")
                    time.sleep(1)
                send(probe)
                returned.append(time.monotonic())
                time.sleep(PROBE_SPACING)
        wait_until(lambda: all(tally.starts), 60, workers, "idle")
    # A handler may start before the call returns; then nothing was left to wait for.
    return percentiles_ms([max(0.0, tally.starts[probe] - returned[probe]) for probe in range(WARM_UPS, len(returned))])


def measure_enqueue(peer: Peer[Any], jobs: int) -> float:
    peer.reset()
    begun = time.monotonic()
    peer.enqueue(jobs)
    return jobs / (time.monotonic() - begun)


def measure_drain(peer: Peer[Any], jobs: int, limit: float) -> tuple[float, Tally]:
    tally = Tally(peer.setting.processes)
    with working(peer, tally) as workers:
        wait_until(lambda: tally.ran >= jobs, limit, workers, "drained")
        wait_until(lambda: peer.unfinished() == 0, limit, workers, "finished in the store")
        ended = time.monotonic()
    return jobs / (ended - tally.first_start), tally


def measure(kind: type[Peer[Any]], url: str, setting: str, jobs: int, limit: float, pickup: bool) -> dict[str, Any]:
    peer = kind(url, kind.settings[setting])
    jobs = min(jobs, kind.most_jobs)
    result: dict[str, Any] = {
        "peer": kind.name,
        "version": version(kind.name),
        "store": kind.store,
        "jobs": jobs,
        "enqueue_per_second": round(measure_enqueue(peer, jobs)),
    }
    peer.settle()
    drain, tally = measure_drain(peer, jobs, limit)
    result["drain_per_second"] = round(drain)
    result["pickup_ms"] = measure_pickup(peer) if pickup else None
    result["settings"] = setting
    if kind.store == "sqlite":
        result["busy_errors"] = tally.busy
    if tally.ran > jobs:
        result["ran_twice"] = tally.ran - jobs
    return result


def main(kind: type[Peer[Any]], extra: Mapping[str, Callable[[str], dict[str, Any]]] | None = None) -> None:
    """The command line of a peer's script. `extra` holds measurements that only this peer has, by option."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--url", required=True, help="the store: a PostgreSQL or Redis URL, or a folder; it is emptied")
    parser.add_argument("--jobs", type=int, default=kind.most_jobs, help=f"at most {kind.most_jobs:,}")
    parser.add_argument("--setting", choices=list(kind.settings), default=next(iter(kind.settings)))
    parser.add_argument("--limit", type=float, default=120, help="seconds a drain may take")
    parser.add_argument("--no-pickup", action="store_true", help="skip the pickup latency")
    parser.add_argument("--list-settings", action="store_true", help="print the settings' names")
    for option in extra or {}:
        parser.add_argument(f"--{option}", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.INFO)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.list_settings:
        print(json.dumps(list(kind.settings)))
        return
    try:
        for option, measurement in (extra or {}).items():
            if getattr(options, option.replace("-", "_")):
                print(json.dumps(measurement(options.url)), flush=True)
                return
        result = measure(kind, options.url, options.setting, options.jobs, options.limit, not options.no_pickup)
        print(json.dumps(result), flush=True)
    except Failure as failure:
        sys.exit(f"{kind.name} ({options.setting}): {failure}")
