"""From a dropped recording to a playing video; needs the speech model that scripts/setup fetches."""

import base64

from conftest import PROJECT

DROP = """async ([name, content]) => {
    const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, {type: "audio/flac"}));
    for (const type of ["dragenter", "dragover", "drop"]) {
        window.dispatchEvent(new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
    }
}"""


def test_journey_from_recording_to_video(visit):
    reader = visit()
    page = reader.open("/")
    recording = base64.b64encode((PROJECT / "samples" / "jfk.flac").read_bytes()).decode()
    page.evaluate(DROP, ["talk.flac", recording])
    page.wait_for_url("**/jobs/job_*", timeout=30_000)
    assert page.text_content("h1") == "talk.flac"
    reader.picture("journey-running")
    page.wait_for_selector("video", timeout=240_000)
    page.wait_for_selector(".transcript .line")
    assert "country" in page.text_content(".transcript")
    # Playing, with the transcript going along.
    page.evaluate("document.querySelector('video').muted = true")
    page.locator(".transcript .line").last.click()
    reader.until("document.querySelector('video').currentTime > 0.5 && !document.querySelector('video').paused")
    page.wait_for_selector(".transcript .line[aria-current]")
    assert page.evaluate("document.querySelector('video').videoWidth") > 0
    reader.picture("journey-done")
    reader.check_access()
    # Diagrams in place.
    for picture in page.locator(".pictures img").all():
        picture.scroll_into_view_if_needed()
    reader.until("[...document.querySelectorAll('.pictures img')].every((one) => one.complete && one.naturalWidth > 0)")
    page.goto("/")
    assert page.is_visible("text=talk.flac")
    reader.picture("journey-start")


def test_journey_refuses_what_cannot_be_used(visit):
    page = visit().open("/")
    page.evaluate(DROP, ["empty.flac", ""])
    page.wait_for_selector("#start .notice:not([hidden])")
    assert page.text_content("#start .notice") == "The file is empty."


def test_journey_live_log_and_progress(visit, server, furnished):
    reader = visit()
    page = reader.open(f"/jobs/{furnished['running']}")
    page.wait_for_selector(".line-of-log")
    at = f"/api/v1/workers/{furnished['worker']}/jobs/{furnished['running']}"
    server.call("POST", at + "/log", {"epoch": furnished["epoch"], "lines": [{"level": "info", "message": "a line that came later"}]})
    page.wait_for_selector(".line-of-log:has-text('a line that came later')")
    server.call("POST", at + "/progress", {"epoch": furnished["epoch"], "percent": 73, "stage": "scale"})
    page.wait_for_selector("[data-percent]:text('73')")


def test_journey_operations_second_by_second(visit, furnished):
    reader = visit()
    page = reader.open("/operations?range=5m")
    page.wait_for_selector("spark-chart svg path[d^=M]")
    requests = "document.querySelector('[data-field=process_memory_bytes] dd').textContent"
    reader.until(f"{requests} !== '–'")
    before = page.locator("spark-chart svg path").first.get_attribute("d")
    reader.until("(before) => document.querySelector('spark-chart svg path').getAttribute('d') !== before", before)
    page.locator(".chart-table summary").first.click()
    page.wait_for_selector(".chart-table[open] tbody tr")
    reader.picture("operations-live")
    reader.check_access()
    area = page.locator(".chart-area").nth(1).bounding_box()
    page.mouse.move(area["x"] + area["width"] * 0.25, area["y"] + 30)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.75, area["y"] + 30, steps=4)
    page.mouse.up()
    page.wait_for_url("**/operations?from=**")
    page.wait_for_selector("spark-chart svg")


def test_journey_new_jobs_are_offered(visit, server, furnished):
    page = visit().open("/jobs?kind=resize-image")
    count = page.locator(".row").count()
    page.wait_for_timeout(500)
    server.call("POST", "/api/v1/jobs", {"kind": "resize-image", "input": {"text": "A picture that came later"}})
    page.wait_for_selector("text=New jobs: 1. Show them")
    assert page.locator(".row").count() == count, "nothing moves by itself"
    page.click("text=New jobs: 1. Show them")
    page.wait_for_selector(".row:has-text('A picture that came later')")


def test_journey_goes_on_after_the_connection_broke(visit, server, furnished):
    reader = visit()
    page = reader.open(f"/jobs/{furnished['running']}")
    page.wait_for_selector(".line-of-log")
    at = f"/api/v1/workers/{furnished['worker']}/jobs/{furnished['running']}"
    reader.context.set_offline(True)
    for number in range(3):
        server.call("POST", at + "/log", {"epoch": furnished["epoch"], "lines": [{"level": "info", "message": f"missed line {number}"}]})
    reader.context.set_offline(False)
    page.wait_for_selector(".line-of-log:has-text('missed line 2')")
    lines = [line for line in page.locator(".line-of-log").all_text_contents() if "missed line" in line]
    assert [line[-1] for line in lines] == ["0", "1", "2"]
    reader.complaints = [one for one in reader.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


def test_journey_list_changes_without_moving(visit, server, furnished):
    reader = visit()
    page = reader.open("/jobs?kind=resize-image")
    order = page.eval_on_selector_all(".row", "rows => rows.map((row) => row.dataset.job)")
    at = f"/api/v1/workers/{furnished['worker']}/jobs/{furnished['running']}"
    server.call("POST", at + "/progress", {"epoch": furnished["epoch"], "percent": 81, "stage": "scale"})
    reader.until("(job) => document.querySelector(`[data-job=${job}] progress`)?.value >= 81", furnished["running"])
    assert page.eval_on_selector_all(".row", "rows => rows.map((row) => row.dataset.job)") == order


def test_a_job_without_a_log_says_so(visit, furnished):
    page = visit().open(f"/jobs/{furnished['failed']}")
    page.wait_for_selector("log-view >> text=The job wrote no log.")
    assert page.locator(".log-lines").count() == 0
