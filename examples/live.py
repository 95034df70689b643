"""Follows streams of Suisha and prints every event once, in order, whatever happens to the connection. Standard library only.

    python3 live.py job:job_0193… workspace:ws_0193…/jobs

Prints one JSON object a line: events as the server sends them, and snapshots as {"stream": …, "seq": …, "snapshot": …}. Ends
when every job that it follows has ended. SUISHA_URL and SUISHA_TOKEN (or SUISHA_TOKEN_FILE) say where and as whom.

It resumes as docs/live.md describes: each subscription says what was seen last; events that come again are dropped; after a
snapshot of a job, the events before it are read from the job's journal, so that none is missing. An end that is in the journal
of a job may be that of an earlier run, because a job that is retried goes on in the same journal: only the job itself says
whether it is over.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import pathlib
import random
import socket
import struct
import sys
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

SHORTEST, LONGEST = 0.5, 30.0
OVER = ("succeeded", "dead", "canceled", "expired")
# The server pings every 25 s; a connection that is silent for longer than two of them is lost.
SILENCE = 60.0


class Lost(Exception):
    """The connection broke; `code` is that of the close frame, 1006 when there was none."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Refused(Exception):
    """The server does not want us: trying again would not help."""


class WebSocket:
    """A client's side of RFC 6455, for text messages."""

    def __init__(self, url: str, token: str) -> None:
        parts = urllib.parse.urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        self.socket = socket.create_connection((parts.hostname or "", port), timeout=SILENCE)
        if parts.scheme == "https":
            import ssl

            self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=parts.hostname)
        self.file = self.socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        status = self.file.readline().split(b" ")
        headers = http.client.parse_headers(self.file)
        code = int(status[1]) if len(status) > 1 else 0
        if code in (400, 401, 403, 404):
            raise Refused(f"{code}: {self.file.read(int(headers.get('Content-Length', 0))).decode()}")
        if code != 101:
            raise Lost(1006, f"the server answered {code}")

    def send(self, data: bytes, opcode: int = 1) -> None:
        mask = os.urandom(4)
        size = len(data)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65_536:
            head += struct.pack("!BH", 0xFE, size)
        else:
            head += struct.pack("!BQ", 0xFF, size)
        self.socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    def messages(self) -> Iterator[str]:
        """Gives text messages until the connection ends, which is a `Lost`."""
        text = b""
        while True:
            first, second = self.read(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", self.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self.read(8))
            data = self.read(size)
            opcode = first & 0x0F
            if opcode in (0, 1):
                text += data
                if first & 0x80:
                    yield text.decode()
                    text = b""
            elif opcode == 8:
                code = struct.unpack("!H", data[:2])[0] if size >= 2 else 1005
                raise Lost(code, data[2:].decode(errors="replace"))
            elif opcode == 9:
                self.send(data, opcode=10)

    def read(self, count: int) -> bytes:
        data = self.file.read(count)
        if len(data) < count:
            raise Lost(1006, "the connection broke")
        return data

    def close(self) -> None:
        self.socket.close()


@dataclass
class Stream:
    """Where we are in a stream."""

    name: str
    epoch: str | None = None
    seq: int | None = None
    # Whether the last change of state that was seen is an end, and how far the journal goes as far as is known.
    looks_over: bool = False
    known: int = 0
    ended: bool = False

    @property
    def job(self) -> str | None:
        return self.name[4:] if self.name.startswith("job:") else None


class LiveClient:
    """Follows streams over one connection at a time, and comes back whenever it breaks."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url.rstrip("/"), token

    def follow(self, names: list[str]) -> Iterator[dict[str, Any]]:
        """Gives every event of the streams once; jobs from their first event on."""
        streams = {name: Stream(name) for name in names}
        for stream in streams.values():
            if stream.job:
                stream.epoch, stream.seq = "1", 0
        failures = 0
        while True:
            pause = 0.0
            connection = None
            try:
                connection = WebSocket(f"{self.url}/api/v1/live", self.token)
                unanswered = set(streams)
                for stream in streams.values():
                    self.subscribe(connection, stream)
                for text in connection.messages():
                    message = json.loads(text)
                    if message["type"] == "reconnect":
                        pause = message["after_ms"] / 1000
                        break
                    yield from self.take(message, streams, connection)
                    if message["type"] == "answer":
                        unanswered.discard(message["id"])
                        # Not before: a server that takes connections and then fails is asked less and less often.
                        failures = failures if unanswered else 0
                    for stream in streams.values():
                        self.settle(stream)
                    if all(stream.ended for stream in streams.values()):
                        return
            except Lost as lost:
                if lost.code in (4401, 4403):
                    raise Refused(str(lost)) from lost
            except (OSError, http.client.HTTPException):
                pass
            finally:
                if connection:
                    connection.close()
            longest = min(LONGEST, SHORTEST * 2**failures)
            failures += 1
            time.sleep(pause or random.uniform(0, longest))

    def subscribe(self, connection: WebSocket, stream: Stream) -> None:
        message: dict[str, Any] = {"type": "subscribe", "id": stream.name, "stream": stream.name}
        if stream.seq is not None:
            message |= {"epoch": stream.epoch, "seq": stream.seq}
        connection.send(json.dumps(message).encode())

    def take(
        self, message: dict[str, Any], streams: dict[str, Stream], connection: WebSocket
    ) -> Iterator[dict[str, Any]]:
        if message["type"] == "answer":
            stream = streams.get(message["id"] or "")
            if message["status"] >= 500 or message["status"] == 429:
                raise Lost(1011, "the server could not answer")
            if stream is None or message["status"] >= 400:
                raise Refused(json.dumps(message.get("problem")))
            yield from self.begin(stream, message["data"])
            return
        stream = streams[message["stream"]]
        if message["type"] == "resync":
            self.subscribe(connection, stream)
        elif "seq" not in message:
            pass  # How far it is by now: state, not history.
        elif message["epoch"] != stream.epoch or stream.seq is None or message["seq"] > stream.seq + 1:
            self.subscribe(connection, stream)
        elif message["seq"] == stream.seq + 1:
            yield from self.show(stream, message)

    def begin(self, stream: Stream, answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if answer["recovered"]:
            return
        seq = answer["seq"]
        if stream.job:
            # More was missed than the server keeps at hand; the journal has it, and may have gone on meanwhile.
            yield from self.journal(stream, seq)
            seq = max(seq, stream.seq or 0)
        else:
            yield {"stream": stream.name, "seq": seq, "snapshot": answer["snapshot"]}
        # Another epoch counts anew: its numbers have nothing to do with those before.
        stream.epoch, stream.seq = answer["epoch"], seq

    def journal(self, stream: Stream, end: int) -> Iterator[dict[str, Any]]:
        while (stream.seq or 0) < end:
            items = self.read(f"/api/v1/jobs/{stream.job}/events?after={stream.seq}")["items"]
            if not items:
                return
            for item in items:
                event = {"stream": stream.name, "epoch": "1", "seq": item["position"], "type": item["type"]}
                yield from self.show(stream, event | {"at": item["at"], "data": item["data"]})

    def read(self, path: str) -> Any:
        parts = urllib.parse.urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=SILENCE)
        try:
            headers = {"Accept": "application/json", "Authorization": f"Bearer {self.token}"}
            connection.request("GET", path, headers=headers)
            reply = connection.getresponse()
            if reply.status >= 500 or reply.status == 429:
                raise Lost(1011, f"{path} was answered with {reply.status}")
            if reply.status != 200:
                raise Refused(f"{reply.status}: {reply.read().decode(errors='replace')}")
            return json.load(reply)
        finally:
            connection.close()

    def settle(self, stream: Stream) -> None:
        """Asks whether a job is over that looks so, unless its journal is known to go on."""
        if stream.looks_over and not stream.ended and (stream.seq or 0) >= stream.known:
            job = self.read(f"/api/v1/jobs/{stream.job}")
            stream.known = job["position"]
            stream.ended = job["state"] in OVER and stream.known <= (stream.seq or 0)

    def show(self, stream: Stream, event: dict[str, Any]) -> Iterator[dict[str, Any]]:
        stream.seq = event["seq"]
        state = event["data"].get("state")
        if stream.job and event["type"] != "job:log" and state:
            stream.looks_over = state in OVER
            stream.ended = stream.ended and stream.looks_over
        yield event


def token() -> str:
    if "SUISHA_TOKEN" in os.environ:
        return os.environ["SUISHA_TOKEN"]
    return pathlib.Path(os.environ.get("SUISHA_TOKEN_FILE", "suisha-data/token")).read_text().strip()


def main() -> None:
    client = LiveClient(os.environ.get("SUISHA_URL", "http://127.0.0.1:8080"), token())
    try:
        for event in client.follow(sys.argv[1:]):
            print(json.dumps(event), flush=True)
    except Refused as refusal:
        sys.exit(f"live.py: the server refuses: {refusal}")


if __name__ == "__main__":
    main()
