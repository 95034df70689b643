"""A server of its own, people in it, and browsers that complain about everything that goes wrong on a page."""

import contextlib
import email
import email.policy
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = pathlib.Path(os.environ.get("CONSOLE_SCREENSHOTS", PROJECT / ".build-tools" / "console" / "screenshots"))
PASSWORD = "a long enough password"
LIMITS = "sign-in=off, workspace-write=off, read=off, standard=off, upload=off, workers=off"


class Server:
    """A running suisha with an empty folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / "server.log"
        self.cookie = None
        self.start()
        self.token = (self.folder / "data" / "token").read_text().strip()

    def start(self):
        """Starts it, or starts it again after `stop` or `kill`."""
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                [os.environ["SUISHA"], "serve", "--data-folder", self.folder / "data", "--http-port", str(self.port)],
                env=dict(os.environ, SUISHA_LIMITS_RATE=LIMITS), stdout=output, stderr=output)
        self.wait()

    def wait(self):
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(self.url + "/livez", timeout=5)
                return
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the server does not answer:\n{self.log.read_text()}")
                time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def call(self, method, path, body=None, workspace=None, **headers):
        """Calls the API as the owner's browser, or with the headers given; returns the document."""
        return self.answer(method, path, body, workspace, **headers)[1]

    def answer(self, method, path, body=None, workspace=None, **headers):
        request = urllib.request.Request(self.url + path, method=method)
        request.add_header("Origin", self.url)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if workspace:
            request.add_header("X-Workspace", workspace)
        if self.cookie and "authorization" not in headers:
            request.add_header("Cookie", self.cookie)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                content = answer.read()
                return answer.headers, json.loads(content) if content else None
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from error

    def letter(self, address):
        """The path of the link in the newest letter to somebody."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for file in sorted((self.folder / "data" / "mail").glob("*.eml"), reverse=True):
                letter = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                link = re.search(r"https?://[^/\s]+(/\S+)", letter.get_body(("plain",)).get_content())
                if address in letter["To"] and link:
                    return link.group(1)
            time.sleep(0.1)
        raise RuntimeError(f"no letter to {address} with a link")

    def claim(self):
        """Makes the owner's account and remembers its session."""
        link = (self.folder / "data" / "owner-link").read_text()
        token = re.search(r"token=([\w-]+)", link).group(1)
        headers, _ = self.answer(
            "POST", "/api/v1/account/welcome",
            {"token": token, "email": "aiko@example.com", "name": "Aiko Tanaka", "password": PASSWORD})
        self.cookie = headers["Set-Cookie"].split(";")[0]


@contextlib.contextmanager
def running_server():
    """A server with an owner, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="suisha-console-") as folder:
        server = Server(folder)
        try:
            server.claim()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def server():
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


class Visit:
    """A browser context of somebody who is signed in; what its pages complain about fails the test."""

    def __init__(
            self, chromium, server, language="en", theme="light", scripts=True, width=1280, signed_in=True, url=None,
            cookie=None):
        locale = {"en": "en-US", "ja": "ja-JP"}[language]
        self.name = f"{language}-{theme}"
        self.url = url or server.url
        self.context = chromium.new_context(
            base_url=self.url, locale=locale, color_scheme=theme, java_script_enabled=scripts,
            viewport={"width": width, "height": 860}, reduced_motion="reduce")
        if signed_in:
            name, value = (cookie or server.cookie).split("=", 1)
            self.context.add_cookies([{"name": name, "value": value, "url": self.url}])
        self.complaints = []
        self.page = self.context.new_page()
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("request", self.watch)

    def hear(self, message):
        if message.type in ("error", "warning") or "Content Security Policy" in message.text:
            self.complaints.append(f"{message.type}: {message.text} {message.location.get('url', '')}")

    def watch(self, request):
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.complaints.append(f"asks elsewhere: {request.url}")

    def open(self, path):
        answer = self.page.goto(path)
        assert answer.status < 400, f"{path}: {answer.status}"
        return self.page

    def until(self, expression, argument=None, seconds=30):
        """Waits until an expression is true. Playwright's own way evaluates text in the page, which its policy forbids."""
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(expression, argument):
            assert time.monotonic() < deadline, f"never true: {expression}"
            self.page.wait_for_timeout(50)

    def forgive(self, status):
        """Forgets that the browser noted requests refused with this status: the test asked for it."""
        self.complaints = [one for one in self.complaints if f"responded with a status of {status}" not in one]

    def forgive_lost_connections(self):
        """Forgets that the browser noted connections that broke: the test broke them."""
        lost = re.compile(r"WebSocket connection to '.*' failed|net::ERR_(CONNECTION|EMPTY|INCOMPLETE|SOCKET)")
        self.complaints = [one for one in self.complaints if not lost.search(one)]

    def check_access(self):
        """What axe finds."""
        results = Axe().run(self.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
        found = [
            f"{violation['id']}: {violation['help']}\n" + "\n".join(
                f"    {node['target']} {node.get('failureSummary', '')}" for node in violation["nodes"][:4])
            for violation in results.response["violations"]]
        assert not found, "\n".join(found)

    def check_width(self):
        """Nothing hangs over the edge."""
        over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{self.page.url} is {over} pixels too wide"

    def picture(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}-{self.name}.png", full_page=True)

    def end(self):
        self.context.close()
        assert not self.complaints, "\n".join(self.complaints)


@pytest.fixture
def visit(chromium, server):
    """Opens contexts and closes them after the test."""
    visits = []

    def begin(server=server, **options):
        visits.append(Visit(chromium, server, **options))
        return visits[-1]

    yield begin
    for one in visits:
        one.end()


@pytest.fixture(scope="session")
def furnished(server):
    """A workspace with something on every screen."""
    call = server.call
    call("POST", "/api/v1/invites", {"role": role(server, "editor"), "email": "kenji@example.com"})
    call("POST", "/api/v1/roles", {"name": "Reviewer", "rank": 30, "permissions": ["jobs:read", "audit:read"]})
    call("POST", "/api/v1/keys", {"name": "nightly import", "permissions": ["jobs:read", "jobs:write"]})
    call("POST", "/api/v1/service-accounts", {"name": "Importer"})
    # A port where nobody listens, so that there is a failed delivery to look at; private addresses are refused as well.
    hook = call("POST", "/api/v1/webhooks", {"url": "https://example.com/hooks/suisha", "events": ["job.*", "webhook.test"]})
    call("POST", f"/api/v1/webhooks/{hook['id']}/test")
    jobs = outside_jobs(server, "resize-image", 7)
    return {"hook": hook["id"], **jobs}


def change(page, script, old, new):
    """Changes a script on its way to the page: a bound that a test could not reach, say."""
    def answer(route):
        original = route.fetch()
        assert old in original.text()
        route.fulfill(response=original, body=original.text().replace(old, new))

    page.route(re.compile(rf"/assets/{script}\.\w+\.js"), answer)


def role(server, name):
    """The id of a role that every workspace has."""
    return next(one["id"] for one in server.call("GET", "/api/v1/roles")["items"] if one.get("built_in") == name)


def outside_jobs(server, kind, count):
    """Jobs of a worker outside in several states: one failed, one running with a log, one done, the rest waiting."""
    worker = server.call(
        "POST", "/api/v1/workers",
        {"name": "tests", "kinds": [{"name": kind, "summary": "Resizes pictures", "max_attempts": 1}], "lease_ms": 600_000})
    server.call("POST", "/api/v1/jobs/bulk", {
        "kind": kind, "items": [{"input": {"text": f"Picture {number} of the album", "width": 640}} for number in range(count)]})
    leased = server.call("POST", f"/api/v1/workers/{worker['id']}/lease", {"limit": 3, "wait_ms": 10_000})["jobs"]
    failed, running, done = leased
    at = f"/api/v1/workers/{worker['id']}/jobs/"
    server.call("POST", at + failed["id"] + "/fail", {
        "epoch": failed["epoch"], "code": "bad-image", "message": "The picture has no pixels.", "retryable": False})
    for one in (running, done):
        server.call("POST", at + one["id"] + "/log", {"epoch": one["epoch"], "lines": [
            {"level": level, "message": f"line {number} about the picture"}
            for number, level in enumerate(["info", "debug", "warning", "error"] * 10)]})
        server.call("POST", at + one["id"] + "/progress", {
            "epoch": one["epoch"], "percent": 40, "stage": "scale", "operation": "Scaling"})
    server.call("POST", at + done["id"] + "/complete", {"epoch": done["epoch"], "result": {"width": 640, "height": 480}})
    return {"worker": worker["id"], "failed": failed["id"], "running": running["id"], "epoch": running["epoch"], "done": done["id"]}
