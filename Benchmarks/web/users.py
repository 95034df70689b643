"""A thousand people in twenty workspaces who have signed in, each with a socket that follows the jobs of the workspace."""

from __future__ import annotations

import asyncio
import json
import struct
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from judging.server import Caller, Server  # noqa: E402

WORKSPACES, MEMBERS = 20, 50


@dataclass(frozen=True)
class User:
    cookie: str
    workspace: str
    job: str


def sign_up(server: Server, owner: Caller, document: dict[str, Any]) -> list[User]:
    """Makes the workspaces and the people, who sign in as browsers do."""
    users: list[User] = []
    for number in range(WORKSPACES):
        workspace = owner.must("POST", "/api/v1/workspaces", {"name": f"Workspace {number}"})["id"]
        owner.must("PUT", f"/api/v1/operator/workspaces/{workspace}/plan", {"plan": "enterprise"})
        inside = owner.inside(workspace)
        inside.must("PUT", "/api/v1/documents/settings", document)
        inside.must("POST", "/api/v1/workers", {"name": "nobody", "kinds": [{"name": "nothing"}]})
        job = inside.must("POST", "/api/v1/jobs", {"kind": "nothing", "input": {}})["id"]
        role = next(role["id"] for role in inside.must("GET", "/api/v1/roles")["items"] if role["name"].lower() == "editor")

        def member(place: int) -> User:
            address = f"user-{number}-{place}@example.com"
            invitation = inside.must("POST", "/api/v1/invites", {"role": role})["token"]
            server.sign_up(address, invitation)
            return User(server.cookie(address), workspace, job)

        with ThreadPoolExecutor(4) as pool:
            users += pool.map(member, range(MEMBERS))
        print(f"\r{len(users):5} of {WORKSPACES * MEMBERS} people have signed in", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return users


class Socket(asyncio.Protocol):
    """A client's side of RFC 6455, as short as it can be: subscribes, answers pings, counts events."""

    def __init__(self, crowd: Crowd, user: User) -> None:
        self._crowd, self._user, self._buffer, self._is_open = crowd, user, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write((
            f"GET /api/v1/live?workspace={self._user.workspace} HTTP/1.1\r\nHost: {self._crowd.host}\r\n"
            f"Origin: http://{self._crowd.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {self._user.cookie}\r\n\r\n").encode())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            if b"\r\n\r\n" not in self._buffer:
                return
            head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
            if not head.startswith(b"HTTP/1.1 101"):
                self._crowd.failures.append(head.decode(errors="replace") + self._buffer[:300].decode(errors="replace"))
                self._transport.close()
                return
            self._is_open = True
            self._send(1, json.dumps(
                {"type": "subscribe", "id": "1", "stream": f"workspace:{self._user.workspace}/jobs"}).encode())
        while len(self._buffer) >= 2:
            size, start = self._buffer[1], 2
            if size >= 126:
                start = 4 if size == 126 else 10
                if len(self._buffer) < start:
                    return
                size = int.from_bytes(self._buffer[2:start], "big")
            if len(self._buffer) < start + size:
                return
            self._take(self._buffer[0] & 0x0F, self._buffer[start:start + size])
            self._buffer = self._buffer[start + size:]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == 9:
            self._send(10, payload)
        elif opcode == 1 and payload.startswith(b'{"type":"answer"'):
            if b'"status":200' not in payload:
                self._crowd.failures.append(payload.decode())
            self._crowd.following += 1
        elif opcode == 1:
            self._crowd.events += 1

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        head = bytes([0x80 | opcode, 0x80 | size]) if size < 126 else struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
        # A key of zeros changes nothing.
        self._transport.write(head + bytes(4) + payload)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._crowd.is_over:
            self._crowd.failures.append(f"a connection was lost: {error}")


class Crowd:
    """Their sockets, on a thread of their own."""

    def __init__(self, url: str, users: list[User]) -> None:
        self.host = urllib.parse.urlsplit(url).netloc
        self.following, self.events, self.is_over = 0, 0, False
        self.failures: list[str] = []
        self._users, self._loop = users, asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Crowd:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(120)
        deadline = time.monotonic() + 60
        while self.following < len(self._users) and time.monotonic() < deadline:
            time.sleep(0.1)
        if self.following < len(self._users):
            sys.exit(f"bench-web: {self.following} of {len(self._users)} sockets follow their workspace: {self.failures[:1]}")
        return self

    async def _open(self) -> None:
        address, port = self.host.split(":")
        for user in self._users:
            await self._loop.create_connection(lambda user=user: Socket(self, user), address, int(port))

    def __exit__(self, *_: object) -> None:
        self.is_over = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
