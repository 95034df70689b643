"""Live operations beside their charts: the tables go on by themselves, and a time is chosen without a mouse."""

import json
import re
import time
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import change, outside_jobs


def test_operations_tables_go_on(visit, server, furnished):
    page = visit().open("/operations?range=5m")
    page.wait_for_selector("spark-chart svg path[d^=M]")
    outside_jobs(server, "make-thumbnails", 4)
    page.wait_for_selector("#queues tr[data-kind='make-thumbnails'] td.short:text('Running')")
    page.wait_for_selector("#failures tr:has-text('make-thumbnails') >> text=bad-image")
    page.wait_for_selector("#shares progress")


def test_operations_time_is_chosen_without_a_mouse(visit, furnished):
    page = visit().open("/operations")
    page.fill("#range input[name=from]", "2026-03-01T12:00:05")
    page.fill("#range input[name=to]", "2026-03-01T12:10:05")
    page.click("#range button")
    page.wait_for_url(re.compile(r"from=2026-\d\d-\d\dT\d\d%3A\d\d%3A05.000Z"))
    assert page.input_value("#range input[name=from]") == "2026-03-01T12:00:05"


def test_operations_time_is_chosen_without_scripts(visit, furnished):
    page = visit(scripts=False).open("/operations")
    page.fill("#range input[name=from]", "2026-03-01T12:00:05")
    page.fill("#range input[name=to]", "2026-03-01T12:10:05")
    page.click("#range button")
    page.wait_for_url("**/operations?from=2026-03-01T12**")
    assert page.input_value("#range input[name=to]") == "2026-03-01T12:10:05"


def test_operations_one_measurement_alone_is_seen(visit, furnished):
    reader = visit()
    page = reader.open("/operations")
    page.wait_for_selector("spark-chart svg path", state="attached")
    box = page.evaluate("""() => {
        const chart = document.querySelector("spark-chart");
        chart.show([1, 2, 3].map((at) => new Date(at * 1000)), new Map([[chart.querySelector("[data-field]").dataset.field, [null, 5, null]]]));
        const path = chart.querySelector("path[data-line='0']");
        return { length: path.getTotalLength(), cap: getComputedStyle(path).strokeLinecap };
    }""")
    assert box["length"] > 0 and box["cap"] == "round"


@pytest.mark.parametrize("ahead", [-600_000, 600_000])
def test_operations_show_the_same_length_whatever_the_clock_of_the_browser_says(visit, furnished, ahead):
    reader = visit()
    reader.page.add_init_script(f"const now = Date.now; Date.now = () => now() + {ahead};")
    lengths = []

    def note(request):
        if "/operations/samples?" in request.url:
            start = datetime.fromisoformat(parse_qs(urlsplit(request.url).query)["from"][0])
            lengths.append(time.time() - start.timestamp())

    reader.page.on("request", note)
    reader.open("/operations?range=15m")
    deadline = time.monotonic() + 60
    while len(lengths) < 3:
        assert time.monotonic() < deadline, f"asked for {lengths}"
        reader.page.wait_for_timeout(50)
    assert all(880 < length < 920 for length in lengths), lengths


def test_operations_tables_forget_what_is_not_shown_any_more(visit, furnished):
    reader = visit()
    change(reader.page, "operations", "wholePause = 60_000", "wholePause = 0")
    told = []
    sample = {
        "at": "2099-01-01T00:00:00.000Z", "values": {},
        "failures": [{"kind": "resize-image", "code": "old-fault", "count": 3}]}
    event = f"event: operations:sample\ndata: {json.dumps(sample)}\n\n"

    def tell_once(route):
        told.append(route.request.url)
        if len(told) > 1:
            return route.continue_()
        return route.fulfill(status=200, headers={"Content-Type": "text/event-stream"}, body=event)

    reader.page.route("**/operations/samples/live*", tell_once)
    reader.open("/operations?range=5m")
    reader.page.wait_for_selector("#failures >> text=old-fault")
    reader.page.wait_for_selector("#failures >> text=old-fault", state="detached")
    reader.page.wait_for_selector("#failures >> text=bad-image")


def test_operations_go_on_after_an_answer_that_broke_in_the_middle(visit, furnished):
    reader = visit()
    answered = []

    def break_once(route):
        answered.append(route.request.url)
        if len(answered) > 1:
            return route.continue_()
        return route.fulfill(status=200, content_type="application/json", body='{"from": "2026-03-')

    reader.page.route("**/operations/samples?*", break_once)
    reader.open("/operations?range=5m")
    reader.page.wait_for_selector(".notice:has-text('Connection lost')")
    reader.page.wait_for_selector("spark-chart svg path[d^=M]", state="attached")
    reader.page.wait_for_selector(".notice:has-text('Connection lost')", state="detached")


def test_operations_are_not_followed_while_nobody_looks(visit, furnished):
    reader = visit()
    reader.page.add_init_script("""
        window.isAway = true;
        Object.defineProperty(Document.prototype, "hidden", { get: () => isAway });
    """)
    followed = []
    reader.page.on("request", lambda request: followed.append(request.url) if "/samples/live" in request.url else None)
    reader.open("/operations?range=5m")
    reader.page.wait_for_selector("spark-chart svg path[d^=M]", state="attached")
    assert not followed
    with reader.page.expect_request("**/operations/samples/live*"):
        reader.page.evaluate("isAway = false; document.dispatchEvent(new Event('visibilitychange'))")
