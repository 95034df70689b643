"""procrastinate on PostgreSQL: psycopg with its C code, uvloop, and workers that run many jobs at a time.

Its documentation offers concurrency per worker and several workers as the means for throughput. Jobs are claimed one by
one, so concurrency is what overlaps the round trips; the pool has a connection for each. Jobs are added with
`batch_defer`. Finished jobs stay in the table, which is the default and no slower than deleting each. Without ANALYZE
after the bulk it sorts the backlog for each claim (250 jobs/s instead of 850); the harness spares it, and every other
peer on PostgreSQL, that first minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import procrastinate
import uvloop
from harness import NOT_A_PROBE, Peer, Worker, main, run_async
from stores import count_in_postgres, empty_postgres, settle_postgres

ENQUEUE_BATCH = 5_000


class Setting(NamedTuple):
    processes: int
    concurrency: int
    delete: str


class ProcrastinatePeer(Peer[Setting]):
    name = "procrastinate"
    store = "postgres"
    most_jobs = 10_000
    settings = {
        "2 processes, concurrency 10, finished jobs kept": Setting(2, 10, "never"),
        "2 processes, concurrency 10, finished jobs deleted": Setting(2, 10, "successful"),
        "2 processes, concurrency 30, finished jobs kept": Setting(2, 30, "never"),
        "1 process, concurrency 10, finished jobs kept": Setting(1, 10, "never"),
    }

    def application(self, worker: Worker | None = None) -> procrastinate.App:
        size = self.setting.concurrency + 2 if worker else 1
        connector = procrastinate.PsycopgConnector(conninfo=self.url, min_size=size, max_size=size)
        application = procrastinate.App(connector=connector)

        @application.task(name="noop")
        async def noop(probe: int = NOT_A_PROBE) -> None:
            assert worker is not None
            worker.started(probe)

        return application

    def reset(self) -> None:
        async def install() -> None:
            async with self.application().open_async() as application:
                await application.schema_manager.apply_schema_async()

        empty_postgres(self.url)
        run_async(install())

    def enqueue(self, count: int) -> None:
        async def add() -> None:
            async with self.application().open_async() as application:
                for start in range(0, count, ENQUEUE_BATCH):
                    batch = min(ENQUEUE_BATCH, count - start)
                    await application.tasks["noop"].batch_defer_async(*({} for _ in range(batch)))

        run_async(add())

    def settle(self) -> None:
        settle_postgres(self.url)

    def work(self, worker: Worker) -> None:
        async def consume() -> None:
            async with self.application(worker).open_async() as application:
                await application.run_worker_async(
                    concurrency=self.setting.concurrency,
                    delete_jobs=self.setting.delete,
                    install_signal_handlers=False,
                )

        run_async(consume())

    def unfinished(self) -> int:
        return count_in_postgres(self.url, "SELECT count(*) FROM procrastinate_jobs WHERE status <> 'succeeded'")

    @contextmanager
    def sender(self) -> Iterator[Callable[[int], object]]:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            application = self.application()
            runner.run(application.connector.open_async())
            task = application.tasks["noop"]
            yield lambda probe: runner.run(task.defer_async(probe=probe))
            runner.run(application.close_async())


if __name__ == "__main__":
    main(ProcrastinatePeer)
