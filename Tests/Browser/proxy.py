"""A TCP proxy between a browser and the server that cuts connections, and refuses what some networks refuse.

Taking a page offline is not enough: browsers leave open WebSockets connected.
"""

import socket
import threading
import time

KINDS = {"websocket": b"\r\nupgrade: websocket", "events": b"\r\naccept: text/event-stream", "poll": b"get /api/v1/live?"}


class Proxy:
    """Passes bytes on until told otherwise. `seen` lists the live requests of the browser by their kinds, refused or not."""

    def __init__(self, port):
        self.target = ("127.0.0.1", port)
        self.refused = set()
        self.seen = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.lock = threading.Lock()
        self.sockets = set()
        self.is_cut = False
        threading.Thread(target=self.accept, daemon=True).start()

    def cut(self):
        """Breaks every connection; new ones break at once, until `restore`."""
        with self.lock:
            self.is_cut = True
            sockets, self.sockets = self.sockets, set()
        for one in sockets:
            close(one)

    def restore(self):
        with self.lock:
            self.is_cut = False

    def refuse(self, *kinds):
        """Refuses these kinds of live requests from now on, also to those that have such a connection."""
        self.refused = set(kinds)
        self.cut()
        self.restore()

    def until(self, is_true, seconds=60):
        """Waits for something about what was seen, for tests without a page that could wait."""
        deadline = time.monotonic() + seconds
        while not is_true(self.seen):
            assert time.monotonic() < deadline, f"seen was {self.seen}"
            time.sleep(0.05)

    def end(self):
        self.cut()
        close(self.listener)

    def accept(self):
        while True:
            try:
                browser, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=[browser], daemon=True).start()

    def serve(self, browser):
        try:
            server = None if self.is_cut else socket.create_connection(self.target, timeout=10)
        except OSError:
            server = None
        if server is None:
            # Nobody answers, but it was asked.
            self.carry(browser, None, self.note)
            return
        server.settimeout(None)
        with self.lock:
            self.sockets |= {browser, server}
        if self.is_cut:
            return self.cut()
        threading.Thread(target=self.carry, args=[server, browser], daemon=True).start()
        self.carry(browser, server, self.note)

    def carry(self, source, sink, note=lambda data: None):
        try:
            while data := source.recv(65_536):
                if note(data) in self.refused or sink is None:
                    break
                sink.sendall(data)
        except OSError:
            pass
        for one in {source, sink} - {None}:
            close(one)
        with self.lock:
            self.sockets -= {source, sink}

    def note(self, data):
        """What kind of live request begins here; browsers send the head of one at once."""
        head = data.split(b"\r\n\r\n")[0].lower()
        if not head.startswith(b"get /api/v1/live?") and not head.startswith(b"get /api/v1/live "):
            return None
        kind = next((kind for kind, mark in KINDS.items() if mark in head), None)
        if kind:
            # A question for the stream of notices only asks whether the server is there.
            self.seen.append("probe" if kind == "poll" and b"stream=system" in head else kind)
        return kind


def close(one):
    try:
        one.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    one.close()
