"""litequeue on SQLite: `put`, `pop` and `done`, which is all it has; its user writes the loop that waits.

It sets WAL and `synchronous=NORMAL` itself, which does not sync each commit. Jobs are added in transactions of 1,000 by
its own `transaction()`. `pop` looks for the oldest job that is ready and gets slower with the backlog and with finished
jobs, so it runs fewer jobs; `prune()`, its own means, removes finished ones between measurements only.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import NamedTuple

from harness import Peer, Worker, main
from litequeue import LiteQueue
from stores import empty_folder

ENQUEUE_BATCH = 1_000


class Setting(NamedTuple):
    processes: int


class LiteQueuePeer(Peer[Setting]):
    name = "litequeue"
    store = "sqlite"
    most_jobs = 10_000
    settings = {
        "1 process": Setting(1),
        "2 processes": Setting(2),
        "4 processes": Setting(4),
    }

    def queue(self) -> LiteQueue:
        return LiteQueue(Path(self.url) / "litequeue.db")

    def reset(self) -> None:
        empty_folder(self.url)
        self.queue().close()

    def enqueue(self, count: int) -> None:
        queue = self.queue()
        for start in range(0, count, ENQUEUE_BATCH):
            with queue.transaction():
                for _ in range(min(ENQUEUE_BATCH, count - start)):
                    queue.put("{}")
        queue.close()

    def work(self, worker: Worker) -> None:
        queue = self.queue()
        while True:
            try:
                message = queue.pop()
            except sqlite3.OperationalError as error:
                self.count_busy(error, worker)
                continue
            if message is None:
                time.sleep(0.01)
                continue
            worker.started()
            while True:
                try:
                    queue.done(message.message_id)
                    break
                except sqlite3.OperationalError as error:
                    self.count_busy(error, worker)

    @staticmethod
    def count_busy(error: sqlite3.OperationalError, worker: Worker) -> None:
        if "locked" not in str(error):
            raise error
        worker.busy()

    def unfinished(self) -> int:
        queue = self.queue()
        try:
            return int(queue.qsize())  # neither done nor failed
        finally:
            queue.close()


if __name__ == "__main__":
    main(LiteQueuePeer)
