"""A worker for Suisha in one file, with nothing but the standard library (Python 3.9 or later).

    from suisha_worker import Job, Worker

    worker = Worker("http://127.0.0.1:8080", token)

    @worker.kind("count-words", timeout=60)
    def count_words(job: Job) -> dict:
        return {"words": len(job.input["text"].split())}

    worker.run()

A job runs at least once. While it runs, nobody else owns it: every call carries its epoch, and the server refuses a
worker that lost the job meanwhile. What a handler does elsewhere should bear being repeated; `job.id` with `job.epoch`
tells another system which of two writers is the later one.
"""

from __future__ import annotations

import http.client
import json
import logging
import mimetypes
import os
import random
import signal
import socket
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

log = logging.getLogger("suisha")

Handler = Callable[["Job"], "dict[str, Any] | None"]


class Failed(Exception):
    """Ends an attempt: raise it with a stable code for programs and a sentence for people."""

    def __init__(
        self, code: str, message: str, *, retryable: bool = True, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.retry_after = retry_after


class Stopped(Exception):
    """The job should stop: canceled, out of time, lost to another worker, or the worker shuts down. Let it pass."""


class Refused(Exception):
    """The server refused a call."""

    def __init__(self, status: int, problem: dict[str, Any], retry_after: float | None = None) -> None:
        super().__init__(f"{status}: {problem.get('detail', 'no reason given')}")
        self.status = status
        self.type = str(problem.get("type", "")).rsplit(":", 1)[-1]
        self.retry_after = retry_after

    @property
    def is_temporary(self) -> bool:
        return self.status in (429, 503, 507) or self.status >= 500


class Unreachable(Exception):
    """No answer came; the call may have had its effect."""


class Client:
    """Calls to the server."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token

    def call(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, timeout: float = 10
    ) -> dict[str, Any]:
        """One call with a JSON body.

        Raises Refused or Unreachable.
        """
        data = None if body is None else json.dumps(body).encode()
        return self.send(method, path, data, "application/json", timeout)

    def send(
        self, method: str, path: str, data: bytes | None, content_type: str, timeout: float
    ) -> dict[str, Any]:
        request = urllib.request.Request(self._url + path, data=data, method=method)
        request.add_header("Authorization", f"Bearer {self._token}")
        if data is not None:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from None
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"{method} {path}: {error}") from error
        try:
            return json.loads(text) if text else {}
        except ValueError as error:
            raise Unreachable(f"{method} {path}: the answer is no JSON") from error

    @staticmethod
    def _refusal(error: urllib.error.HTTPError) -> Refused:
        retry_after = error.headers.get("Retry-After", "")
        try:
            problem = json.loads(error.read())
        except (OSError, ValueError):
            problem = {}
        return Refused(error.code, problem, float(retry_after) if retry_after.isdigit() else None)


@dataclass
class _Session:
    """One registration: what the server knows this worker by, and until when its jobs are certainly its own."""

    id: str
    lease: float
    heartbeat: float
    valid_until: float
    jobs: dict[tuple[str, int], Job] = field(default_factory=dict)
    is_over: bool = False

    @property
    def path(self) -> str:
        return f"/api/v1/workers/{self.id}"

    @property
    def is_valid(self) -> bool:
        return not self.is_over and time.monotonic() < self.valid_until


class Job:
    """One attempt at a job, as its handler sees it."""

    def __init__(self, client: Client, session: _Session, document: dict[str, Any]) -> None:
        self.id: str = document["id"]
        self.kind: str = document["kind"]
        self.input: dict[str, Any] = document["input"]
        self.attempt: int = document["attempt"]
        self.max_attempts: int = document["max_attempts"]
        self.epoch: int = document["epoch"]
        self.timeout: float = document["timeout_ms"] / 1000
        self.trace: str | None = document.get("trace")
        self._client = client
        self._session = session
        self._stop = threading.Event()
        self._lines: list[dict[str, Any]] = []
        self._lines_lock = threading.Lock()
        self._next_progress = 0.0

    @property
    def should_stop(self) -> bool:
        """Whether to stop soon; what is reported afterwards may count for nothing."""
        return self._stop.is_set() or not self._session.is_valid

    def check(self) -> None:
        """Raises Stopped when the job should stop. Call it now and then in long loops."""
        if self.should_stop:
            raise Stopped()

    def sleep(self, seconds: float) -> None:
        """Waits, but not longer than the job may run on: then raises Stopped."""
        self._stop.wait(seconds)
        self.check()

    def progress(self, percent: float, stage: str | None = None, operation: str | None = None) -> None:
        """Says how far the job is; at most four times a second, the rest is left out. Raises Stopped like check()."""
        self.check()
        now = time.monotonic()
        if now < self._next_progress and percent < 100:
            return
        self._next_progress = now + 0.25
        body = {"percent": percent, "stage": stage, "operation": operation}
        self._report("progress", {name: value for name, value in body.items() if value is not None})

    def log(self, level: str, message: str, **fields: object) -> None:
        """Adds a line to the job's log: 'debug', 'info', 'warning' or 'error'. Lines are sent together, soon."""
        line: dict[str, Any] = {"level": level, "message": message}
        if fields:
            line["fields"] = {name: str(value) for name, value in fields.items()}
        with self._lines_lock:
            self._lines.append(line)
            is_full = len(self._lines) >= 100
        if is_full:
            self.flush()

    def publish(self, name: str, content: bytes, content_type: str | None = None) -> None:
        """Publishes a file of the job; a later one of the same name replaces it."""
        self.check()
        kind = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="epoch"\r\n\r\n{self.epoch}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        )
        data = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        form = f"multipart/form-data; boundary={boundary}"
        path = f"{self._path}/artifacts/{urllib.parse.quote(name, safe='')}"
        try:
            self._note(self._client.send("PUT", path, data, form, timeout=300))
        except Refused as refusal:
            self._judge(refusal)

    def flush(self) -> None:
        """Sends the lines that wait."""
        with self._lines_lock:
            lines, self._lines = self._lines, []
        if lines and self._session.is_valid:
            self._report("log", {"lines": lines})

    @property
    def _path(self) -> str:
        return f"{self._session.path}/jobs/{self.id}"

    def _report(self, what: str, body: dict[str, Any]) -> None:
        """A report that may be lost: the work goes on."""
        try:
            self._note(self._client.call("POST", f"{self._path}/{what}", {"epoch": self.epoch, **body}))
        except Refused as refusal:
            self._judge(refusal)
        except Unreachable as error:
            log.warning("a report of job %s was lost: %s", self.id, error)

    def _note(self, answer: dict[str, Any]) -> None:
        if answer.get("cancel_requested"):
            self._stop.set()

    def _judge(self, refusal: Refused) -> None:
        if refusal.type in ("fenced", "not-found", "session-lapsed"):
            self._stop.set()
            raise Stopped() from refusal
        if not refusal.is_temporary:
            raise Failed("bad-report", str(refusal), retryable=False) from refusal
        log.warning("a report of job %s was refused: %s", self.id, refusal)

    def _end(self, how: str, body: dict[str, Any]) -> None:
        """Ends the attempt. Repeated while the lease holds: a result must not be lost with an answer."""
        pause = 0.1
        while self._session.is_valid:
            try:
                self._client.call("POST", f"{self._path}/{how}", {"epoch": self.epoch, **body})
                return
            except Refused as refusal:
                if not refusal.is_temporary:
                    log.warning("the end of job %s was refused: %s", self.id, refusal)
                    return
                log.warning("the end of job %s was refused, trying again: %s", self.id, refusal)
            except Unreachable as error:
                log.warning("the end of job %s was lost, trying again: %s", self.id, error)
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(pause * 2, 2)
        log.warning("job %s is lost: its lease ended before its end could be reported", self.id)


class Worker:
    """Takes jobs of its kinds and runs them, several at a time, until SIGTERM or SIGINT."""

    def __init__(
        self, url: str, token: str, name: str | None = None, *, slots: int = 4, lease: float = 15, drain: float = 20
    ) -> None:
        """
        slots: jobs at a time, each in a thread of its own
        lease: seconds after which the jobs of a worker that vanished run elsewhere
        drain: seconds that running jobs get to end on shutdown; the rest is handed back
        """
        self._client = Client(url, token)
        self._name = name or f"{socket.gethostname()}-{os.getpid()}"
        self._slots = slots
        self._lease = lease
        self._drain = drain
        self._kinds: dict[str, dict[str, Any]] = {}
        self._handlers: dict[str, Handler] = {}
        self._draining = threading.Event()
        self._changed = threading.Condition()
        self._running = 0
        self._session: _Session | None = None
        self._fatal: Refused | None = None

    def kind(
        self, name: str, *, summary: str | None = None, band: str = "batch", max_attempts: int = 5,
        timeout: float = 600
    ) -> Callable[[Handler], Handler]:
        """Makes a function the handler of a kind of job. It gets a Job and returns the result, a dict or None."""

        def register(handler: Handler) -> Handler:
            first_line = (handler.__doc__ or "").strip().split("\n")[0]
            self._kinds[name] = {
                "name": name, "summary": (summary or first_line or f"Runs {name}")[:200], "band": band,
                "max_attempts": max_attempts, "timeout_ms": int(timeout * 1000),
            }
            self._handlers[name] = handler
            return handler

        return register

    def run(self) -> None:
        """Works until SIGTERM, SIGINT or stop(); then gives running jobs time and hands back the rest.

        Raises Refused when the server refuses this worker for good, for example its token or the name of a kind.
        """
        if threading.current_thread() is threading.main_thread():
            numbers = (signal.SIGTERM, signal.SIGINT)
            for number in numbers:
                signal.signal(number, lambda *_: self.stop())
            # Whoever started this program may have left them blocked.
            if hasattr(signal, "pthread_sigmask"):
                signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
        loop = threading.Thread(target=self._take_jobs, daemon=True)
        loop.start()
        # With a timeout, because a signal is only handled between two steps of this thread.
        while loop.is_alive() and not self._draining.wait(0.2):
            pass
        self._shut_down()
        if self._fatal is not None:
            raise self._fatal

    def stop(self) -> None:
        """Begins to shut down; run() returns when that is done."""
        self._draining.set()

    # Sessions

    def _open(self) -> _Session:
        asked = time.monotonic()
        document = self._client.call("POST", "/api/v1/workers", {
            "name": self._name[:100], "kinds": list(self._kinds.values()), "lease_ms": int(self._lease * 1000),
        })
        lease = document["lease_ms"] / 1000
        session = _Session(document["id"], lease, document["heartbeat_ms"] / 1000, asked + lease)
        threading.Thread(target=self._keep_alive, args=(session,), daemon=True).start()
        log.info("registered as %s", session.id)
        return session

    def _keep_alive(self, session: _Session) -> None:
        """Sends heartbeats, and tells jobs that should stop."""
        unknown: set[tuple[str, int]] = set()
        while not session.is_over:
            time.sleep(session.heartbeat)
            asked = time.monotonic()
            try:
                # Short, so that the next one comes before the lease ends.
                answer = self._client.call("POST", f"{session.path}/heartbeat", timeout=session.heartbeat)
            except Unreachable as error:
                log.warning("a heartbeat was lost: %s", error)
                continue
            except Refused as refusal:
                if refusal.type in ("session-lapsed", "not-found"):
                    if not session.is_over:
                        log.error("the session has lapsed; its jobs run elsewhere: %s", refusal)
                    session.is_over = True
                else:
                    log.warning("a heartbeat was refused: %s", refusal)
                continue
            session.valid_until = asked + session.lease
            held = {(item["id"], item["epoch"]): item["cancel_requested"] for item in answer["jobs"]}
            for key, job in list(session.jobs.items()):
                if held.get(key, True):
                    job._stop.set()
                else:
                    self._flush(job)
            unknown = self._give_back(session, held.keys() - session.jobs.keys(), unknown)
        for job in list(session.jobs.values()):
            job._stop.set()

    @staticmethod
    def _flush(job: Job) -> None:
        try:
            job.flush()
        except (Stopped, Failed) as error:
            log.warning("lines of job %s were lost: %r", job.id, error)

    def _give_back(
        self, session: _Session, strange: set[tuple[str, int]], before: set[tuple[str, int]]
    ) -> set[tuple[str, int]]:
        """Hands back what the server twice in a row believed to be here, and is not: the answer with it was lost."""
        for job, epoch in strange & before:
            try:
                self._client.call("POST", f"{session.path}/jobs/{job}/release", {"epoch": epoch})
            except (Refused, Unreachable) as error:
                log.warning("job %s could not be handed back: %s", job, error)
        return strange

    # Jobs

    def _take_jobs(self) -> None:
        pause = 0.5
        while not self._draining.is_set():
            free = self._wait_for_slot()
            if not free:
                continue
            try:
                if self._session is None or self._session.is_over:
                    self._session = self._open()
                session = self._session
                answer = self._client.call(
                    "POST", f"{session.path}/lease", {"limit": min(free, 64), "wait_ms": 20_000}, timeout=30)
                pause = 0.5
            except Refused as refusal:
                if refusal.type in ("session-lapsed", "not-found") and self._session is not None:
                    self._session.is_over = True
                    continue
                log.error("no jobs: %s", refusal)
                if not refusal.is_temporary:
                    self._fatal = refusal
                    return self.stop()
                self._draining.wait(refusal.retry_after or pause * random.uniform(0.5, 1))
                pause = min(pause * 2, 30)
                continue
            except Unreachable as error:
                log.warning("no jobs: %s", error)
                self._draining.wait(pause * random.uniform(0.5, 1))
                pause = min(pause * 2, 30)
                continue
            for document in answer["jobs"]:
                self._start(Job(self._client, session, document), session)

    def _wait_for_slot(self) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._running < self._slots or self._draining.is_set(), timeout=1)
            return self._slots - self._running

    def _start(self, job: Job, session: _Session) -> None:
        session.jobs[job.id, job.epoch] = job
        with self._changed:
            self._running += 1
        threading.Thread(target=self._run, args=(job, session), daemon=True, name=job.id).start()

    def _run(self, job: Job, session: _Session) -> None:
        log.info("job %s started: %s, attempt %d", job.id, job.kind, job.attempt)
        try:
            how, body = self._outcome(job)
            self._flush(job)
            job._end(how, body)
            log.info("job %s ended: %s", job.id, how)
        finally:
            session.jobs.pop((job.id, job.epoch), None)
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _outcome(self, job: Job) -> tuple[str, dict[str, Any]]:
        try:
            if self._draining.is_set():
                return "release", {}
            result = self._handlers[job.kind](job) or {}
            if not isinstance(result, dict):
                raise Failed("bad-result", f"The handler of {job.kind} gave no dict.", retryable=False)
            json.dumps(result)
            return "complete", {"result": result}
        except Stopped:
            return "release", {}
        except Failed as failure:
            body = {"code": failure.code, "message": failure.message, "retryable": failure.retryable}
            if failure.retry_after is not None:
                body["retry_after_ms"] = int(failure.retry_after * 1000)
            return "fail", body
        except Exception as error:  # A handler may raise anything; the worker goes on.
            job.log("error", traceback.format_exc())
            return "fail", {"code": "failed", "message": f"{type(error).__name__}: {error}", "retryable": True}

    # Shutdown

    def _shut_down(self) -> None:
        log.info("shutting down; %d jobs are running", self._running)
        if not self._wait_until_idle(self._drain) and self._session is not None:
            for job in list(self._session.jobs.values()):
                job._stop.set()
            self._wait_until_idle(2)
        if self._session is not None:
            self._session.is_over = True
            try:
                self._client.call("DELETE", self._session.path)
            except (Refused, Unreachable) as error:
                log.warning("the session could not be closed; its jobs run again when it lapses: %s", error)
        log.info("stopped")

    def _wait_until_idle(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._running == 0, timeout=seconds)
