"""huey on SQLite: `SqliteHuey` with its defaults: WAL, every commit synced to disk, results of None not stored.

SQLite has one writer, so more workers help only as far as Python itself is the limit. huey has no bulk call: each job
is a transaction. Waiting workers poll, first after 0.1 s, then 1.15 times later each time; the pickup latency shows it.
`busy_errors` counts "database is locked", which huey logs before it tries again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from harness import NOT_A_PROBE, Peer, Worker, main
from huey import SqliteHuey
from stores import empty_folder


class Setting(NamedTuple):
    processes: int
    threads: int
    fsync: bool | None = None


class CountsBusy(logging.Handler):
    """Counts what huey logs instead of raising it."""

    def __init__(self, worker: Worker) -> None:
        super().__init__(logging.ERROR)
        self.worker = worker

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and "locked" in str(record.exc_info[1]):
            self.worker.busy()


class HueyPeer(Peer[Setting]):
    name = "huey"
    store = "sqlite"
    most_jobs = 10_000
    settings = {
        "1 process, 2 threads": Setting(1, 2),
        "1 process, 1 thread": Setting(1, 1),
        "2 processes": Setting(2, 1),
        "4 processes": Setting(4, 1),
        "1 process, 1 thread, fsync off": Setting(1, 1, False),
    }

    def huey(self, worker: Worker | None = None) -> SqliteHuey:
        huey = SqliteHuey("peer", filename=str(Path(self.url) / "huey.db"), fsync=self.setting.fsync)

        @huey.task(name="noop")
        def noop(probe: int = NOT_A_PROBE) -> None:
            assert worker is not None
            worker.started(probe)

        huey.noop = noop
        return huey

    def reset(self) -> None:
        empty_folder(self.url)
        self.huey()

    def enqueue(self, count: int) -> None:
        huey = self.huey()
        for _ in range(count):
            huey.noop()

    def work(self, worker: Worker) -> None:
        log = logging.getLogger("huey")
        log.addHandler(CountsBusy(worker))
        log.propagate = False
        consumer = self.huey(worker).create_consumer(workers=self.setting.threads, periodic=False)
        consumer.run()

    def unfinished(self) -> int:
        return int(self.huey().pending_count())  # a job leaves the table when it is claimed: huey delivers at most once

    @contextmanager
    def sender(self) -> Iterator[Callable[[int], object]]:
        huey = self.huey()
        yield lambda probe: huey.noop(probe)


if __name__ == "__main__":
    main(HueyPeer)
