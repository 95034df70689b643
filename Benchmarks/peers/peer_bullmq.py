"""BullMQ's Python port on Redis: hiredis, uvloop, and workers that run many jobs at a time.

Its documentation names concurrency and several worker processes as the means for throughput, and `addBulk` for adding
many jobs. Finished jobs are kept, the default; removing each (`removeOnComplete`) was slower.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import redis
import uvloop
from bullmq import Job, Queue
from bullmq import Worker as BullWorker
from harness import NOT_A_PROBE, Peer, Worker, main, run_async
from stores import empty_redis

QUEUE = "noop"
ENQUEUE_BATCH = 1_000


class Setting(NamedTuple):
    processes: int
    concurrency: int
    remove: bool


class BullPeer(Peer[Setting]):
    name = "bullmq"
    store = "redis"
    most_jobs = 50_000
    settings = {
        "2 processes, concurrency 50, finished jobs kept": Setting(2, 50, False),
        "2 processes, concurrency 20, finished jobs kept": Setting(2, 20, False),
        "2 processes, concurrency 100, finished jobs kept": Setting(2, 100, False),
        "1 process, concurrency 50, finished jobs kept": Setting(1, 50, False),
        "3 processes, concurrency 50, finished jobs kept": Setting(3, 50, False),
        "2 processes, concurrency 50, finished jobs removed": Setting(2, 50, True),
    }

    @property
    def job_options(self) -> dict[str, Any]:
        return {"removeOnComplete": True} if self.setting.remove else {}

    def reset(self) -> None:
        empty_redis(self.url)

    def enqueue(self, count: int) -> None:
        async def add() -> None:
            queue = Queue(QUEUE, {"connection": self.url})
            for start in range(0, count, ENQUEUE_BATCH):
                batch = min(ENQUEUE_BATCH, count - start)
                await queue.addBulk([{"name": "noop", "data": {}, "opts": self.job_options} for _ in range(batch)])
            await queue.close()

        run_async(add())

    def work(self, worker: Worker) -> None:
        async def noop(job: Job, token: str) -> None:
            worker.started(job.data.get("probe", NOT_A_PROBE))

        async def consume() -> None:
            options = {"connection": self.url, "concurrency": self.setting.concurrency, "autorun": False}
            await BullWorker(QUEUE, noop, options).run()

        run_async(consume())

    def unfinished(self) -> int:
        with redis.Redis.from_url(self.url, decode_responses=True) as connection:
            waiting = connection.llen(f"bull:{QUEUE}:wait") + connection.llen(f"bull:{QUEUE}:active")
            return int(waiting + connection.zcard(f"bull:{QUEUE}:failed"))

    @contextmanager
    def sender(self) -> Iterator[Callable[[int], object]]:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:

            async def connect() -> Queue:
                return Queue(QUEUE, {"connection": self.url})

            queue = runner.run(connect())
            yield lambda probe: runner.run(queue.add("noop", {"probe": probe}, self.job_options))
            runner.run(queue.close())


if __name__ == "__main__":
    main(BullPeer)
