"""pgqueuer on PostgreSQL: asyncpg and uvloop, as in its own tools/benchmark.py.

Its tuning guide says to raise the batch for short jobs, to give each consumer a direct connection, and to run
`pgq autovac` after the installation; all of that is done. Its own benchmark runs five consumers with batches of 10 in
one process, which is among the settings and several times slower. Tables are durable, the default: `balanced` would
lose the job log in a crash. Jobs are added with its array call, 10,000 at a time.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import asyncpg
import uvloop
from harness import Failure, Peer, Worker, main, percentiles_ms, run_async
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.domain.types import QueueEntrypoint, QueueManagerId
from pgqueuer.models import Job
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.queries import Queries
from stores import count_in_postgres, empty_postgres, settle_postgres

ENQUEUE_BATCH = 10_000


class Setting(NamedTuple):
    processes: int
    consumers: int
    batch: int


class PgQueuerPeer(Peer[Setting]):
    name = "pgqueuer"
    store = "postgres"
    settings = {
        "2 processes, 1 consumer, batch 500": Setting(2, 1, 500),
        "2 processes, 1 consumer, batch 1,000": Setting(2, 1, 1_000),
        "2 processes, 1 consumer, batch 100": Setting(2, 1, 100),
        "1 process, 1 consumer, batch 500": Setting(1, 1, 500),
        "1 process, 5 consumers, batch 10 (its own benchmark)": Setting(1, 5, 10),
    }

    def reset(self) -> None:
        async def install() -> None:
            connection = await asyncpg.connect(self.url)
            queries = Queries(AsyncpgDriver(connection))
            await queries.install()
            await queries.optimize_autovacuum()
            await connection.close()

        empty_postgres(self.url)
        run_async(install())

    def enqueue(self, count: int) -> None:
        async def add() -> None:
            connection = await asyncpg.connect(self.url)
            queries = Queries(AsyncpgDriver(connection))
            for start in range(0, count, ENQUEUE_BATCH):
                batch = min(ENQUEUE_BATCH, count - start)
                await queries.enqueue(["noop"] * batch, [None] * batch, [0] * batch)
            await connection.close()

        run_async(add())

    def settle(self) -> None:
        settle_postgres(self.url)

    def work(self, worker: Worker) -> None:
        async def consume() -> None:
            queue = PgQueuer(AsyncpgDriver(await asyncpg.connect(self.url)))

            @queue.entrypoint("noop")
            async def noop(job: Job) -> None:
                worker.started()

            @queue.entrypoint("probe")
            async def probe(job: Job) -> None:
                worker.started(int(job.payload or b"0"))

            await queue.run(batch_size=self.setting.batch)

        async def consume_all() -> None:
            await asyncio.gather(*(consume() for _ in range(self.setting.consumers)))

        run_async(consume_all())

    def unfinished(self) -> int:
        return count_in_postgres(self.url, "SELECT count(*) FROM pgqueuer")  # a finished job's row is deleted

    @contextmanager
    def sender(self) -> Iterator[Callable[[int], object]]:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            connection = runner.run(asyncpg.connect(self.url))
            queries = Queries(AsyncpgDriver(connection))
            yield lambda probe: runner.run(queries.enqueue("probe", str(probe).encode()))
            runner.run(connection.close())


def claim_cost(url: str, batch: int = 10, claims: int = 500) -> dict[str, Any]:
    """Milliseconds of one claim at a small and at a large backlog."""

    async def claim_ms() -> dict[str, float]:
        connection = await asyncpg.connect(url)
        queries = Queries(AsyncpgDriver(connection))
        await connection.execute("VACUUM ANALYZE pgqueuer")
        took: list[float] = []
        for _ in range(claims):
            begun = time.monotonic()
            jobs = await queries.dequeue(
                batch_size=batch,
                entrypoints={QueueEntrypoint("noop"): EntrypointExecutionParameter(concurrency_limit=0)},
                queue_manager_id=QueueManagerId(uuid.uuid4()),
                global_concurrency_limit=None,
                heartbeat_timeout=timedelta(seconds=30),
            )
            took.append(time.monotonic() - begun)
            if len(jobs) != batch:
                raise Failure(f"a claim got {len(jobs)} of {batch} jobs")
            await queries.log_jobs([(job, "successful", None) for job in jobs])
            await queries.enqueue(["noop"] * batch, [None] * batch, [0] * batch)  # the backlog stays as it is
        await connection.close()
        return percentiles_ms(took)

    claim_of: dict[str, dict[str, float]] = {}
    for backlog in (1_000, 1_000_000):
        peer = PgQueuerPeer(url, next(iter(PgQueuerPeer.settings.values())))
        peer.reset()
        peer.enqueue(backlog)
        claim_of[str(backlog)] = run_async(claim_ms())
    return {"peer": PgQueuerPeer.name, "claim_batch": batch, "claims": claims, "claim_ms_at_backlog": claim_of}


if __name__ == "__main__":
    main(PgQueuerPeer, {"claim-cost": claim_cost})
