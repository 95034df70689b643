"""RQ on Redis: hiredis and three workers on two cores, because a worker waits for Redis half of its time.

A job takes RQ about 25 round trips. Its default worker forks for each job; `SimpleWorker` runs jobs in its own process,
which is far faster for short ones. Jobs are added with `enqueue_many`, and results are not kept (`result_ttl=0`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import redis
import rq_handler
from harness import Peer, Worker, main
from rq import Queue, SimpleWorker
from rq import Worker as ForkingWorker
from stores import empty_redis

QUEUE = "noop"
ENQUEUE_BATCH = 1_000


class Setting(NamedTuple):
    processes: int
    worker: type[SimpleWorker] | type[ForkingWorker]


class RqPeer(Peer[Setting]):
    name = "rq"
    store = "redis"
    most_jobs = 6_000
    settings = {
        "3 processes of SimpleWorker": Setting(3, SimpleWorker),
        "2 processes of SimpleWorker": Setting(2, SimpleWorker),
        "4 processes of SimpleWorker": Setting(4, SimpleWorker),
        "1 process of SimpleWorker": Setting(1, SimpleWorker),
        "2 processes of the default worker, which forks": Setting(2, ForkingWorker),
    }

    def queue(self) -> Queue:
        return Queue(QUEUE, connection=redis.Redis.from_url(self.url))

    def reset(self) -> None:
        empty_redis(self.url)

    def enqueue(self, count: int) -> None:
        queue = self.queue()
        for start in range(0, count, ENQUEUE_BATCH):
            batch = min(ENQUEUE_BATCH, count - start)
            queue.enqueue_many([Queue.prepare_data(rq_handler.noop, result_ttl=0) for _ in range(batch)])

    def work(self, worker: Worker) -> None:
        rq_handler.worker = worker
        self.setting.worker([self.queue()], connection=redis.Redis.from_url(self.url)).work(logging_level="WARNING")

    def unfinished(self) -> int:
        queue = self.queue()
        return int(queue.count + queue.started_job_registry.count + queue.failed_job_registry.count)

    @contextmanager
    def sender(self) -> Iterator[Callable[[int], object]]:
        queue = self.queue()
        yield lambda probe: queue.enqueue(rq_handler.noop, probe, result_ttl=0)


if __name__ == "__main__":
    main(RqPeer)
