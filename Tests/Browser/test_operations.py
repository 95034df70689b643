"""Live operations beside their charts: the tables go on by themselves, and a time is chosen without a mouse."""

import re

from conftest import outside_jobs


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
