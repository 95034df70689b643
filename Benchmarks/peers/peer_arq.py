"""arq on Redis: hiredis, uvloop, one worker: several read the same head of the queue and disturb each other.

arq polls: twice a second it reads up to `queue_read_limit` jobs and runs at most `max_jobs` at a time. With the
defaults that bounds a worker of fast jobs to 200 a second, so it reads more at once; the poll itself stays at its
default, which the pickup latency shows. It has no bulk call: jobs are added concurrently over a pool. Results are not
kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import redis
import uvloop
from arq import create_pool
from arq.connections import RedisSettings
from arq.constants import default_queue_name
from arq.worker import Worker as ArqWorker
from arq.worker import func
from harness import NOT_A_PROBE, Peer, Worker, main, run_async
from stores import empty_redis

CONCURRENT_ADDS = 50


class Setting(NamedTuple):
    processes: int
    max_jobs: int
    read_limit: int
    poll: float


class ArqPeer(Peer[Setting]):
    name = "arq"
    store = "redis"
    most_jobs = 20_000
    settings = {
        "1 process, 10 jobs at a time, reads 10,000, polls every 0.5 s": Setting(1, 10, 10_000, 0.5),
        "1 process, 10 jobs at a time, reads 1,000, polls every 0.01 s": Setting(1, 10, 1_000, 0.01),
        "1 process, 50 jobs at a time, reads 10,000, polls every 0.01 s": Setting(1, 50, 10_000, 0.01),
        "2 processes, 10 jobs at a time, reads 1,000, polls every 0.01 s": Setting(2, 10, 1_000, 0.01),
        "2 processes, 100 jobs at a time, reads 1,000, polls every 0.5 s": Setting(2, 100, 1_000, 0.5),
        "1 process, 10 jobs at a time, reads 100, polls every 0.5 s (defaults)": Setting(1, 10, 100, 0.5),
    }

    def reset(self) -> None:
        empty_redis(self.url)

    def enqueue(self, count: int) -> None:
        async def add() -> None:
            pool = await create_pool(RedisSettings.from_dsn(self.url))
            left = iter(range(count))

            async def add_some() -> None:
                for _ in left:
                    await pool.enqueue_job("noop")

            await asyncio.gather(*(add_some() for _ in range(CONCURRENT_ADDS)))
            await pool.aclose()

        run_async(add())

    def work(self, worker: Worker) -> None:
        async def noop(context: dict[str, Any], probe: int = NOT_A_PROBE) -> None:
            worker.started(probe)

        async def consume() -> None:
            consumer = ArqWorker(
                [func(noop, name="noop")],
                redis_settings=RedisSettings.from_dsn(self.url),
                max_jobs=self.setting.max_jobs,
                queue_read_limit=self.setting.read_limit,
                poll_delay=self.setting.poll,
                keep_result=0,
                handle_signals=False,
            )
            await consumer.async_run()

        run_async(consume())

    def unfinished(self) -> int:
        with redis.Redis.from_url(self.url) as connection:
            return int(connection.zcard(default_queue_name))  # a finished job leaves the sorted set

    @contextmanager
    def sender(self) -> Iterator[Callable[[int], object]]:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            pool = runner.run(create_pool(RedisSettings.from_dsn(self.url)))
            yield lambda probe: runner.run(pool.enqueue_job("noop", probe))
            runner.run(pool.aclose())


if __name__ == "__main__":
    main(ArqPeer)
