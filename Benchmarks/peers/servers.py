"""A PostgreSQL and a Redis of our own, on free loopback ports, in a temporary folder, gone afterwards.

PostgreSQL is as durable as a real one (`fsync` and `synchronous_commit` on) and runs as the user postgres when we are
root, because it refuses to run as root. Redis keeps nothing on disk unless asked, which is its fastest way: no
snapshots, and `appendonly` as given. Both are children of this process and are ended by their id, never by name.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

POSTGRES_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",  # no checkpoint falls into a measurement by chance
    "max_connections": "200",
}


class ServerError(Exception):
    """A server that is missing or does not start; the text says what to do."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, package: str, *places: Path) -> Path:
    for place in places:
        if (place / name).exists():
            return place / name
    found = shutil.which(name)
    if found is None:
        raise ServerError(f"no {name} here; on Debian: apt-get install {package}")
    return Path(found)


def wait_for(ready: list[str], server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while subprocess.run(ready, capture_output=True).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            raise ServerError(f"{server.args!r} did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def stop(server: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    server.send_signal(sign)
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@contextmanager
def temporary_folder(user: str | None = None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="suisha-peers."))
    try:
        if user is not None:
            shutil.chown(folder, user)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres(version: str = "15", more_settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yields the URL of an empty database."""
    place = Path(f"/usr/lib/postgresql/{version}/bin")
    initdb, server_program = (program(name, f"postgresql-{version}", place) for name in ("initdb", "postgres"))
    pg_isready = program("pg_isready", "postgresql-client", place)
    user = "postgres" if os.getuid() == 0 else None
    as_user: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if user else {}
    with temporary_folder(user) as folder:
        password, data, log, port = secrets.token_hex(16), folder / "data", folder / "log", free_port()
        (folder / "password").write_text(password)
        (folder / "password").chmod(0o600)
        if user:
            shutil.chown(folder / "password", user)
        made = subprocess.run(
            [str(initdb), f"--pgdata={data}", "--username=suisha", f"--pwfile={folder / 'password'}", "--no-sync"]
            + ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"],
            capture_output=True,
            text=True,
            cwd="/",
            **as_user,
        )
        if made.returncode != 0:
            raise ServerError(f"initdb failed:\n{made.stderr}")
        settings = (
            POSTGRES_SETTINGS
            | dict(more_settings or {})
            | {
                "listen_addresses": "127.0.0.1",
                "port": str(port),
                "unix_socket_directories": str(folder),
            }
        )
        command = [str(server_program), "-D", str(data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with log.open("wb") as output:
            # A session of its own: Ctrl-C in the terminal must reach us first.
            server = subprocess.Popen(command, stdout=output, stderr=output, cwd="/", start_new_session=True, **as_user)
        try:
            wait_for([str(pg_isready), "--host=127.0.0.1", f"--port={port}", "--quiet"], server, log)
            yield f"postgres://suisha:{password}@127.0.0.1:{port}/postgres"
        finally:
            stop(server, signal.SIGINT)


@contextmanager
def redis(append_only: bool = False) -> Iterator[str]:
    """Yields the URL of an empty server."""
    server_program, client = program("redis-server", "redis-server"), program("redis-cli", "redis-tools")
    with temporary_folder() as folder:
        log, port = folder / "log", free_port()
        command = [str(server_program), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder), "--save", ""]
        command += ["--appendonly", "yes" if append_only else "no"]
        with log.open("wb") as output:
            server = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        try:
            wait_for([str(client), "-p", str(port), "ping"], server, log)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            stop(server, signal.SIGTERM)


@contextmanager
def sqlite() -> Iterator[str]:
    """Yields a folder for database files."""
    with temporary_folder() as folder:
        yield str(folder / "sqlite")


def versions() -> str:
    """What the stores say that they are."""
    place = Path("/usr/lib/postgresql/15/bin")
    postgres_says = first_line([str(program("postgres", "postgresql-15", place)), "--version"])
    redis_says = first_line([str(program("redis-server", "redis-server")), "--version"])
    numbers = [re.search(r"\d+(\.\d+)+", said) for said in (postgres_says, redis_says)]
    postgres_version, redis_version = (number[0] if number else "?" for number in numbers)
    return f"PostgreSQL {postgres_version}, Redis {redis_version}"


def first_line(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True).stdout.split("\n", 1)[0]
