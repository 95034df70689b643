"""A worker with two kinds of jobs.

    python3 example.py
"""

from __future__ import annotations

import logging
import os
import pathlib
from collections import Counter

from suisha_worker import Failed, Job, Worker


def token() -> str:
    """The server's token, from SUISHA_TOKEN or from the file that the server made."""
    if "SUISHA_TOKEN" in os.environ:
        return os.environ["SUISHA_TOKEN"]
    return pathlib.Path(os.environ.get("SUISHA_TOKEN_FILE", "suisha-data/token")).read_text().strip()


worker = Worker(
    os.environ.get("SUISHA_URL", "http://127.0.0.1:8080"), token(),
    slots=int(os.environ.get("WORKER_SLOTS", "4")), lease=float(os.environ.get("WORKER_LEASE", "15")),
    drain=float(os.environ.get("WORKER_DRAIN", "20")),
)


@worker.kind("count-words", timeout=60)
def count_words(job: Job) -> dict[str, int]:
    """Counts the words of a text"""
    text = job.input.get("text")
    if not isinstance(text, str):
        raise Failed("no-text", "The input needs a text: {\"text\": \"one two\"}.", retryable=False)
    words = Counter(text.lower().split())
    job.log("info", "counted", words=sum(words.values()))
    table = "".join(f"{word}\t{count}\n" for word, count in words.most_common())
    job.publish("words.tsv", table.encode(), "text/tab-separated-values")
    return {"words": sum(words.values()), "distinct": len(words)}


@worker.kind("countdown", band="interactive", max_attempts=3, timeout=300)
def countdown(job: Job) -> dict[str, int]:
    """Counts down, and shows progress meanwhile"""
    steps = int(job.input.get("steps", 10))
    for step in range(steps):
        job.progress(100 * step / steps, stage="counting", operation=f"{steps - step} to go")
        job.sleep(0.1)
    return {"counted": steps, "attempt": job.attempt}


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    worker.run()
