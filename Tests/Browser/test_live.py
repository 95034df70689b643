"""What becomes of a page when its connection breaks, is refused, or the server restarts: nothing is lost, nothing comes twice.

The browser reaches the server through a proxy that breaks and refuses connections.
"""

import re
import threading

import pytest
from conftest import PASSWORD, change, outside_jobs, running_server
from proxy import Proxy

# More than the server keeps at hand for those who come back, so that the journal must be read.
MANY = 1_200


@pytest.fixture(scope="module")
def own():
    """A server that these tests may kill, with a job that runs and whose log they write."""
    with running_server() as server:
        server.jobs = outside_jobs(server, "resize-image", 3)
        yield server


@pytest.fixture
def proxy(own):
    proxy = Proxy(own.port)
    yield proxy
    proxy.end()


@pytest.fixture
def watch(own, proxy, visit):
    """Opens the page of the running job, through the proxy, which outlives it: pages complain of connections that break."""

    def begin(path=f"/jobs/{own.jobs['running']}", **options):
        reader = visit(server=own, url=proxy.url, **options)
        reader.open(path)
        return reader

    return begin


def write(server, *lines):
    """Adds lines to the log of the running job."""
    for start in range(0, len(lines), 100):
        server.call("POST", f"/api/v1/workers/{server.jobs['worker']}/jobs/{server.jobs['running']}/log", {
            "epoch": server.jobs["epoch"],
            "lines": [{"level": "info", "message": line} for line in lines[start:start + 100]]})


def check_lines(reader, lines, seconds=60):
    """Waits for the last of the lines and checks that all are there, once and in order."""
    word = lines[0].rsplit(" ", 1)[0]
    shown = "(word) => [...document.querySelectorAll('.line-of-log')].map((line) => line.textContent).filter((line) => line.includes(word))"
    reader.until(f"([word, last]) => ({shown})(word).some((line) => line.endsWith(last))", [word, lines[-1]], seconds)
    found = [re.search(re.escape(word) + r" \d+$", line).group() for line in reader.page.evaluate(shown, word)]
    assert found == lines


def check_live(reader, server, word):
    """Checks that what is logged now comes by itself."""
    write(server, f"{word} 0")
    check_lines(reader, [f"{word} 0"])


def test_live_lines_survive_a_cut_during_which_more_is_logged_than_is_kept(watch, own, proxy):
    reader = watch()
    check_live(reader, own, "before the cut")
    lines = [f"line across the cut {number}" for number in range(MANY)]
    write(own, *lines[:100])
    proxy.cut()
    write(own, *lines[100:-100])
    # While the page comes back and reads what it missed, more is logged.
    writing = threading.Thread(target=write, args=[own, *lines[-100:]])
    writing.start()
    proxy.restore()
    check_lines(reader, lines)
    writing.join()
    assert set(proxy.seen) <= {"websocket", "probe"}
    reader.forgive_lost_connections()


@pytest.mark.parametrize("failure", ["503", "429", "broken"])
def test_live_lines_survive_a_journal_that_cannot_be_read_at_first(watch, own, proxy, failure):
    reader = watch()
    check_live(reader, own, f"before {failure}")
    answered = []

    def refuse_once(route):
        answered.append(route.request.url)
        if len(answered) > 2:
            return route.continue_()
        return route.abort("connectionreset") if failure == "broken" else route.fulfill(status=int(failure), body="{}")

    reader.page.route("**/events?after=*", refuse_once)
    lines = [f"line beyond {failure} {number}" for number in range(MANY)]
    proxy.cut()
    write(own, *lines)
    proxy.restore()
    check_lines(reader, lines)
    assert len(answered) > 2
    reader.forgive_lost_connections()
    reader.forgive(failure)


def test_live_falls_back_to_events_and_then_to_asking(watch, own, proxy):
    proxy.refuse("websocket")
    reader = watch()
    check_live(reader, own, "by events")
    assert proxy.seen.count("websocket") == 2 and "events" in proxy.seen and "poll" not in proxy.seen
    lines = [f"line between the ways {number}" for number in range(MANY)]
    proxy.refuse("websocket", "events")
    write(own, *lines)
    check_lines(reader, lines)
    check_live(reader, own, "by asking")
    assert proxy.seen[-1] == "poll"
    # When asking fails, too, the server is away, and a WebSocket may be had when it is back.
    proxy.refused = set()
    asked = len(proxy.seen)
    proxy.cut()
    proxy.until(lambda seen: {"poll", "websocket"} <= set(seen[asked:]))
    proxy.restore()
    check_live(reader, own, "back again")
    assert proxy.seen[-1] == "websocket"
    reader.forgive_lost_connections()


def test_live_comes_back_to_its_websocket_after_a_restart(watch, own, proxy):
    reader = watch()
    check_live(reader, own, "before the restart")
    assert proxy.seen == ["websocket"]
    own.kill()
    # Longer away than it takes to give up WebSockets where none ever opened.
    proxy.until(lambda seen: seen.count("websocket") > 4)
    own.start()
    check_live(reader, own, "after the restart")
    assert set(proxy.seen) <= {"websocket", "probe"}
    reader.forgive_lost_connections()


def test_live_waits_are_drawn_from_nothing_up_so_that_not_everybody_comes_back_at_once(watch, own, proxy):
    reader = watch("/sign-in")
    reader.page.add_init_script("""
        Math.random = () => 0.25;
        window.waits = [];
        const begin = setTimeout;
        window.setTimeout = (work, wait, ...rest) => (waits.push(wait), begin(work, wait, ...rest));
    """)
    reader.open(f"/jobs/{own.jobs['running']}")
    check_live(reader, own, "before the waits")
    seen = len(proxy.seen)
    proxy.cut()
    proxy.until(lambda seen_now: seen_now[seen:].count("websocket") > 2)
    proxy.restore()
    check_live(reader, own, "after the waits")
    # A quarter of 0.5 s, 1 s and 2 s.
    assert {125, 250, 500} <= set(reader.page.evaluate("waits"))
    reader.forgive_lost_connections()


def test_live_rows_that_are_older_than_the_newest_jobs_do_not_stay_running(watch, own):
    kind = "slow-image"
    jobs = outside_jobs(own, kind, 3)
    worker, job, epoch = jobs["worker"], jobs["running"], jobs["epoch"]
    # So many that the running one is not among those that a snapshot has.
    for _ in range(2):
        own.call("POST", "/api/v1/jobs/bulk", {"kind": kind, "items": [{"input": {"text": "waits"}} for _ in range(60)]})
    reader = watch("/sign-in")
    ended = []

    def end_first(route):
        # Between the making of the page and its subscription.
        if not ended:
            ended.append(own.call("POST", f"/api/v1/workers/{worker}/jobs/{job}/complete", {"epoch": epoch, "result": {}}))
        route.fallback()

    reader.page.route(re.compile(r"/assets/live-client\."), end_first)
    reader.open(f"/jobs?kind={kind}&state=running")
    reader.until("(job) => document.querySelector(`[data-job=${job}] .badge`).dataset.tone === 'done'", job)
    assert ended


def test_live_pages_say_that_they_stand_still_after_signing_out(watch, own):
    headers, _ = own.answer("POST", "/api/v1/account/sign-in", {"email": "aiko@example.com", "password": PASSWORD})
    cookie = headers["Set-Cookie"].split(";")[0]
    reader = watch("/sign-in", cookie=cookie)
    pages = [reader.page, reader.context.new_page(), reader.context.new_page()]
    for page, path in zip(pages, ["/jobs", "/operations?range=5m", "/operations?range=15m"]):
        page.goto(path)
        page.wait_for_load_state("networkidle") if path == "/jobs" else page.wait_for_selector("spark-chart svg path[d^=M]", state="attached")
    own.answer("POST", "/api/v1/account/sign-out", cookie=cookie)
    for page in pages:
        page.wait_for_selector(".notice:has-text('signed out') a:has-text('Sign in')", timeout=60_000)
    reader.picture("jobs-signed-out")
    reader.check_access()
    reader.forgive(401)


def test_live_charts_of_long_stretches_say_why_they_stand_still(watch, own):
    headers, _ = own.answer("POST", "/api/v1/account/sign-in", {"email": "aiko@example.com", "password": PASSWORD})
    cookie = headers["Set-Cookie"].split(";")[0]
    reader = watch("/sign-in", cookie=cookie)
    # The page looks again when the test says so.
    reader.page.add_init_script("window.setInterval = (work, pause) => { if (pause === 5000) window.look = work; };")
    reader.open("/operations?range=15m")
    reader.until("() => Boolean(window.look)")
    reader.page.route("**/api/v1/operations/samples?*", lambda route: route.fulfill(status=503, body="{}"))
    reader.page.evaluate("look()")
    reader.page.wait_for_selector(".notice:has-text('Connection lost')")
    reader.page.unroute_all()
    reader.page.evaluate("look()")
    reader.page.wait_for_selector(".notice:has-text('Connection lost')", state="detached")
    own.answer("POST", "/api/v1/account/sign-out", cookie=cookie)
    reader.page.evaluate("look()")
    reader.page.wait_for_selector(".notice:has-text('signed out') a:has-text('Sign in')")
    asked = []
    reader.page.on("request", lambda request: asked.append(request.url))
    reader.page.evaluate("look()")
    assert not asked
    reader.forgive(503)
    reader.forgive(401)


def test_live_charts_go_on_after_a_refusal(watch, own):
    reader = watch("/sign-in")
    refused = []

    def refuse_twice(route):
        refused.append(route.request.url)
        return route.fulfill(status=502, body="") if len(refused) <= 2 else route.continue_()

    reader.page.route("**/operations/samples/live*", refuse_twice)
    reader.open("/operations?range=5m")
    reader.page.wait_for_selector(".notice:has-text('Connection lost')")
    reader.page.wait_for_selector(".notice:has-text('Connection lost')", state="detached")
    reader.page.wait_for_selector("spark-chart svg path[d^=M]", state="attached")
    before = reader.page.locator("spark-chart svg path").first.get_attribute("d")
    reader.until("(before) => document.querySelector('spark-chart svg path').getAttribute('d') !== before", before)
    # The colour of each light in words.
    lights = reader.page.eval_on_selector_all(
        "[data-light]", "all => all.map((one) => ['up' in one.dataset, one.querySelector('.visually-hidden').textContent])")
    assert lights and all(words == ("works" if is_up else "is away") for is_up, words in lights)
    assert len(refused) > 2
    reader.forgive(502)


def test_live_lights_change_their_words_with_their_colour(watch, own):
    reader = watch("/sign-in")
    # A second of its own, which says that the database is away.
    event = 'event: operations:sample\ndata: {"at": "2099-01-01T00:00:00.000Z", "values": {"database_up": 0}}\n\n'
    reader.page.route("**/operations/samples/live*", lambda route: route.fulfill(
        status=200, headers={"Content-Type": "text/event-stream"}, body=event))
    reader.open("/operations?range=5m")
    reader.page.wait_for_selector("[data-light=database_up]:not([data-up]) .visually-hidden:text('is away')", state="attached")


def test_live_log_that_is_cut_does_not_offer_lines_from_before_the_hole(watch, own):
    reader = watch("/sign-in")
    change(reader.page, "log-view", "mostLines = 100_000", "mostLines = 250")
    lines = [f"line of a long log {number}" for number in range(400)]
    write(own, *lines)
    reader.open(f"/jobs/{own.jobs['running']}")
    notice = "log-view [role=status]:has-text('Only the newest')"
    reader.page.wait_for_selector(notice)
    check_lines(reader, lines[-reader.page.locator(".line-of-log").count():])
    assert reader.page.locator("text=Show earlier lines").is_hidden()
    # Nor after a search.
    reader.page.fill("log-view input[type=search]", "long log 7")
    reader.page.wait_for_selector("text=/^\\d+ of \\d+ lines$/")
    reader.page.fill("log-view input[type=search]", "")
    reader.page.wait_for_selector(notice)
    assert reader.page.locator("text=Show earlier lines").is_hidden()
    check_live(reader, own, "after the cut")


# The network of a page, which holds back what the test then gives. Nothing is reached by a WebSocket.
NETWORK = """
window.opened = [];
window.held = [];
Math.random = () => 0;
const hold = (value) =>
  new Promise((resolve, reject) => held.push({ give: () => resolve(value), fail: () => reject(new Error()) }));
window.WebSocket = class {
  static OPEN = 1;
  constructor() { queueMicrotask(() => this.onclose({ code: 1006 })); }
};
window.EventSource = class {
  constructor(url) { opened.push(String(url)); this.fail = setTimeout(() => this.onerror()); }
  addEventListener() {}
  close() { clearTimeout(this.fail); }
};
window.fetch = (url) => (url.searchParams.get("stream") === "system" ? Promise.resolve({ status: 200 }) : hold());
"""


def live_client(reader, own, ticket):
    """A client of its own in a page, with a network that only the test moves."""
    with reader.page.expect_response(re.compile(r"/assets/live-client\.")) as answer:
        reader.open(f"/jobs/{own.jobs['running']}")
    reader.page.evaluate(NETWORK + f"""
        import("{answer.value.url}").then(({{ LiveClient }}) => {{
          window.client = new LiveClient({{ {ticket} }});
          window.subscription = client.subscribe("job:job_1", {{}}, {{}});
        }});
    """)


def test_live_stream_that_was_left_is_not_opened_when_its_ticket_comes(watch, own):
    reader = watch("/sign-in")
    # Two attempts and the question whether the server is there need one each.
    live_client(
        reader, own, "ticket: () => (window.asked = (window.asked ?? 0) + 1) <= 3 ? 'ticket' : hold('ticket')")
    reader.until("() => held.length === 1")
    assert reader.page.evaluate("""async () => {
        subscription.close();
        held[0].give();
        await new Promise((resolve) => setTimeout(resolve));
        return opened;
    }""") == []


def test_live_question_that_was_given_up_changes_nothing_when_it_fails(watch, own):
    reader = watch("/sign-in")
    live_client(reader, own, "")
    reader.until("() => opened.length === 2 && held.length === 1")
    assert reader.page.evaluate("""async () => {
        client.close();
        held[0].fail();
        await new Promise((resolve) => setTimeout(resolve));
        return client.state;
    }""") == "closed"
