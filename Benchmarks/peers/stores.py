"""Empties and inspects the stores, beside the peers' own code."""

from __future__ import annotations

import shutil
from pathlib import Path


def empty_postgres(url: str) -> None:
    """A new schema, and nothing left to write back from the measurement before."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute("CHECKPOINT")


def settle_postgres(url: str) -> None:
    """What autovacuum does a minute later: without statistics of the new rows the planner may choose to sort them."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def count_in_postgres(url: str, query: str) -> int:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def empty_redis(url: str) -> None:
    import redis

    with redis.Redis.from_url(url) as connection:
        connection.flushall()


def empty_folder(path: str) -> None:
    shutil.rmtree(path, ignore_errors=True)
    Path(path).mkdir(parents=True)
