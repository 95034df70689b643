"""The servers that are measured: ours and nginx with nchan, each started alone on a port of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).resolve().parents[2]
TOOLS = PROJECT / ".build-tools" / "nchan"
TICKS = os.sysconf("SC_CLK_TCK")

NGINX = """
load_module {module};
daemon off;
worker_processes {workers};
worker_rlimit_nofile 20000;
pid {folder}/pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 16000; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /publish {{
            nchan_publisher;
            nchan_channel_id all;
            nchan_message_buffer_length 5;
        }}
        location = /listen {{
            nchan_subscriber websocket;
            nchan_channel_id all;
            nchan_subscriber_first_message oldest;
        }}
    }}
}}
"""


class ContestantError(Exception):
    """A server cannot be had or does not start."""


@dataclass(frozen=True)
class Usage:
    cpu_seconds: float
    memory_kib: int


class Contestant:
    """A running server, with all of its processes."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.port = port

    def usage(self) -> Usage:
        """What its processes used up to now."""
        cpu, memory = 0.0, 0
        for pid in [self._process.pid, *children(self._process.pid)]:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            cpu += (int(fields[11]) + int(fields[12])) / TICKS
            status = Path(f"/proc/{pid}/status").read_text()
            memory += next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)
        return Usage(cpu, memory)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def started(name: str, broadcast: Path, workers: int) -> Iterator[Contestant]:
    """Runs the contestant of this name until the block ends, with this many threads or processes that write."""
    port = free_port()
    with TemporaryDirectory(prefix="suisha-live-") as folder:
        if name == "suisha":
            command = [str(broadcast), str(port), str(workers)]
        else:
            command = nchan_command(Path(folder), port, workers)
        log = Path(folder) / "output.log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            wait_for(port, process, log)
            yield Contestant(process, port)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                time.sleep(0.2)  # the workers of nginx start after its port is open
                return
        time.sleep(0.05)
    raise ContestantError(f"{process.args} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def nchan_command(folder: Path, port: int, workers: int) -> list[str]:
    nginx, module = find_nchan()
    user = "user root;" if os.geteuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(
        NGINX.format(module=module, folder=folder, port=port, workers=workers, user=user)
    )
    return [nginx, "-c", str(configuration), "-e", str(folder / "error.log")]


def find_nchan() -> tuple[str, Path]:
    """The installed nginx with its module, or Debian's packages unpacked into .build-tools/nchan."""
    module = Path("usr/lib/nginx/modules/ngx_nchan_module.so")
    if (installed := shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")) and (Path("/") / module).exists():
        return installed, Path("/") / module
    if not (TOOLS / module).exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        fetched = subprocess.run(
            ["apt-get", "download", "nginx", "libnginx-mod-nchan"], cwd=TOOLS, capture_output=True, text=True
        )
        if fetched.returncode != 0:
            raise ContestantError(f"nginx with nchan is not here: apt-get install nginx libnginx-mod-nchan\n{fetched.stderr}")
        for package in TOOLS.glob("*.deb"):
            subprocess.run(["dpkg-deb", "--extract", package, TOOLS], check=True)
            package.unlink()
    # The path that is compiled into the program, which it makes whatever its configuration says.
    Path("/var/lib/nginx").mkdir(parents=True, exist_ok=True)
    return str(TOOLS / "usr/sbin/nginx"), TOOLS / module
