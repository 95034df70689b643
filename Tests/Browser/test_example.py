"""examples/live.py, the client for programs, against a real server and against one that only fails."""

import importlib.util
import json
import os
import subprocess
import sys
import threading
import time

import pytest
from conftest import PROJECT, outside_jobs, running_server

PROGRAM = PROJECT / "examples" / "live.py"


# Those that the server keeps at hand are sent one by one, more are read from the journal.
@pytest.mark.parametrize("count", [20, 600])
def test_example_goes_on_after_the_death_of_a_job_that_was_retried(server, count):
    jobs = outside_jobs(server, f"retried-image-{count}", 3)
    worker, job = jobs["worker"], jobs["failed"]
    server.call("POST", f"/api/v1/jobs/{job}/retry")
    leased = []
    while job not in leased:
        answer = server.call("POST", f"/api/v1/workers/{worker}/lease", {"limit": 1, "wait_ms": 10_000})
        leased += [one["id"] for one in answer["jobs"]]
        epoch = answer["jobs"][0]["epoch"]
    at = f"/api/v1/workers/{worker}/jobs/{job}"
    for start in range(0, count, 20):
        lines = [{"level": "info", "message": f"line {number}"} for number in range(start, start + 20)]
        server.call("POST", at + "/log", {"epoch": epoch, "lines": lines})
    program = subprocess.Popen(
        [sys.executable, "-B", PROGRAM, f"job:{job}"], stdout=subprocess.PIPE, text=True,
        env=dict(os.environ, SUISHA_URL=server.url, SUISHA_TOKEN=server.token))
    deadline = threading.Timer(120, program.kill)
    deadline.start()
    try:
        events = []
        for line in program.stdout:
            events.append(json.loads(line))
            if events[-1]["data"].get("message") == f"line {count - 1}":
                server.call("POST", at + "/complete", {"epoch": epoch, "result": {"width": 640}})
        assert program.wait(60) == 0
    finally:
        deadline.cancel()
        program.kill()
    states = [event["data"]["state"] for event in events if event["data"].get("state")]
    assert "dead" in states and states[-1] == "succeeded"
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_example_shows_what_comes_after_a_restart_began_to_count_anew():
    with running_server() as server:
        workspace = server.call("GET", "/api/v1/workspace")["id"]
        shown = []

        def read():
            for line in program.stdout:
                shown.append(json.loads(line))

        def until(is_true):
            deadline = time.monotonic() + 60
            while not is_true():
                assert time.monotonic() < deadline, f"shown was {shown}"
                time.sleep(0.05)

        program = subprocess.Popen(
            [sys.executable, "-B", PROGRAM, f"workspace:{workspace}/jobs"], stdout=subprocess.PIPE, text=True,
            env=dict(os.environ, SUISHA_URL=server.url, SUISHA_TOKEN=server.token))
        try:
            threading.Thread(target=read, daemon=True).start()
            until(lambda: shown)
            # More than one job changes afterwards.
            outside_jobs(server, "early-image", 12)
            until(lambda: shown[-1]["seq"] >= 12)
            server.kill()
            server.start()
            until(lambda: "snapshot" in shown[-1])
            late = outside_jobs(server, "late-image", 3)
            until(lambda: shown[-1].get("data", {}).get("kind") == "late-image" and {
                late["failed"], late["running"], late["done"]} <= {one["data"]["id"] for one in shown if "data" in one})
        finally:
            program.kill()
        restart = max(number for number, one in enumerate(shown) if "snapshot" in one)
        first = shown[restart]["seq"]
        assert [one["seq"] for one in shown[restart:]] == list(range(first, first + len(shown) - restart))


def test_example_asks_less_and_less_often_while_answers_are_refused(monkeypatch):
    spec = importlib.util.spec_from_file_location("live", PROGRAM)
    live = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "live", live)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec.loader.exec_module(live)

    class Failing:
        def __init__(self, url, token):
            pass

        def send(self, data):
            pass

        def messages(self):
            yield json.dumps({"type": "answer", "id": "system", "status": 503, "problem": {}})

        def close(self):
            pass

    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(live, "WebSocket", Failing)
    monkeypatch.setattr(live.random, "uniform", lambda least, longest: longest)
    monkeypatch.setattr(live.time, "sleep", pause)
    with pytest.raises(KeyboardInterrupt):
        list(live.LiveClient("http://127.0.0.1", "token").follow(["system"]))
    assert pauses == [0.5, 1, 2, 4, 8]
