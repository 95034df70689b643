"""A server on loopback with an empty folder, and people who call it as any program does."""

import contextlib
import email
import email.policy
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from .tools import PROJECT

PASSWORD = "a long enough password"
# For servers whose own limits would answer for everything else.
UNLIMITED = {"SUISHA_LIMITS_RATE": "sign-in=off, workspace-write=off, read=off, standard=off, upload=off, org-chart=off"}


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    def __init__(self, url, folder):
        self.url = url
        self.folder = pathlib.Path(folder)
        self._tokens = {}
        self._read = set()
        self._lock = threading.Lock()

    @property
    def token(self):
        """What whoever runs the server sends."""
        return (self.folder / "token").read_text().strip()

    def claim(self):
        """Makes the first account by the link that the server wrote, and returns it signed in."""
        link = eventually("the link for the first account", lambda: (self.folder / "owner-link").read_text().strip())
        token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]
        address = "owner@example.com"
        Caller(self.url).must(
            "POST", "/api/v1/account/welcome",
            {"token": token, "email": address, "name": "Owner", "password": PASSWORD})
        return Person(self.url, address)

    def guest(self, address, invitation):
        """Signs somebody up with an invitation, and returns them signed in."""
        self.sign_up(address, invitation)
        return Person(self.url, address)

    def sign_up(self, address, invitation):
        """Makes an account with an invitation, by the letter's link."""
        caller = Caller(self.url)
        caller.must(
            "POST", "/api/v1/account/sign-up",
            {"email": address, "name": "Guest", "password": PASSWORD, "invitation": invitation})
        caller.must(
            "POST", "/api/v1/account/confirm",
            {"token": eventually("a letter", lambda: self._letter(address)), "password": PASSWORD})

    def cookie(self, address):
        """Signs somebody in as a browser; the name and value of the cookie."""
        status, headers, body = Caller(self.url).call(
            "POST", "/api/v1/account/sign-in", {"email": address, "password": PASSWORD})
        assert status == 200, body
        return headers["Set-Cookie"].split(";")[0]

    def _letter(self, address):
        """The token of the newest letter to somebody. Each letter is read once, however many there are."""
        with self._lock:
            # A draft has a dot before its name.
            for file in sorted((self.folder / "mail").glob("[!.]*.eml")):
                if file.name not in self._read:
                    letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                    found = re.search(r"token=([A-Za-z0-9_-]+)", letter.get_body().get_content())
                    if found:
                        self._tokens[str(letter["To"])] = found.group(1)
                    self._read.add(file.name)
            return self._tokens.get(address)


class Caller:
    """Somebody without a credential, or with a token."""

    def __init__(self, url, token=None, workspace=None):
        self.url = url
        self.token = token
        self.workspace = workspace

    def inside(self, workspace):
        return Caller(self.url, self.token, workspace)

    def call(self, method, path, body=None, headers=None):
        """Returns the status, the headers and the JSON of an answer; follows no redirect."""
        parts = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        sent = {"User-Agent": "judge"}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if self.workspace:
            sent["X-Workspace"] = self.workspace
        sent.update(headers or {})
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            content = answer.read()
            isJSON = "json" in (answer.getheader("Content-Type") or "")
            return answer.status, answer.headers, json.loads(content) if isJSON else content
        finally:
            connection.close()

    def must(self, method, path, body=None):
        """The JSON of an answer that has to be a success."""
        status, _, content = self.call(method, path, body)
        if not 200 <= status < 300:
            raise AssertionError(f"{method} {path} answered {status}: {content}")
        return content


class Person(Caller):
    """Somebody who has signed in with a password."""

    def __init__(self, url, email):
        super().__init__(url)
        self.email = email
        self.sign_in()

    def sign_in(self):
        tokens = Caller(self.url).must(
            "POST", "/api/v1/account/sign-in", {"email": self.email, "password": PASSWORD, "for": "program"})
        self.token = tokens["access_token"]
        self.refresh_token = tokens["refresh_token"]


def eventually(what, body, seconds=60):
    """The first value that is something, from a body that may fail meanwhile because of a missing file."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError):
            value = body()
            if value:
                return value
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds} s")


@contextlib.contextmanager
def running(settings=None, port=None):
    """Starts SUISHA, or the debug build, ends it afterwards, and prints what it logged as errors."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="suisha-judge-") as folder:
        program = os.environ.get("SUISHA", PROJECT / ".build" / "debug" / "suisha")
        # With a public origin the server does not take callers of this machine for its own monitoring.
        command = [program, "serve", "--data-folder", folder, "--http-port", str(port), "--http-public-origin", url]
        log = pathlib.Path(folder) / "server.log"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SUISHA_")}
        environment |= {"SUISHA_LOG_FORMAT": "json", **(settings or {})}
        if "SUISHA_SPEECH_HOME" in os.environ:
            environment["SUISHA_SPEECH_HOME"] = os.environ["SUISHA_SPEECH_HOME"]
        with open(log, "wb") as output:
            server = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=environment)
        try:
            wait(url, server, log)
            yield Server(url, folder)
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(60)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            lines = log.read_text(errors="replace").splitlines()
            for line in [line for line in lines if '"level":"error"' in line][:20]:
                print(line)


def wait(url, server, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url + "/livez", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit("The server did not start:\n" + log.read_text(errors="replace"))
