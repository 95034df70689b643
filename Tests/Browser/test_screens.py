"""Every screen in both languages and both themes: nothing fails, nobody is shut out, nothing hangs over the edge."""

import json
import pathlib

import pytest

SCREENS = {
    "start": "/", "jobs": "/jobs", "jobs-failed": "/jobs?state=failed", "job-failed": "/jobs/{failed}",
    "job-running": "/jobs/{running}", "job-done": "/jobs/{done}", "operations": "/operations", "workspace": "/workspace",
    "members": "/workspace/members", "roles": "/workspace/roles", "keys": "/workspace/keys",
    "webhooks": "/workspace/webhooks", "webhook": "/workspace/webhooks/{hook}", "audit": "/workspace/audit",
    "account": "/account", "reference": "/reference", "problem": None,
}
LOOKS = [("en", "light"), ("en", "dark"), ("ja", "light"), ("ja", "dark")]


@pytest.mark.parametrize("language, theme", LOOKS)
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(visit, furnished, screen, language, theme):
    reader = visit(language=language, theme=theme)
    if screen == "problem":
        reader.page.goto("/jobs/job_00000000000000000000000000000000")
        assert reader.complaints, "the browser tells of the 404"
        reader.complaints.clear()
    else:
        reader.open(SCREENS[screen].format(**furnished))
    assert reader.page.evaluate("document.documentElement.lang") == language
    reader.page.wait_for_load_state("networkidle") if screen != "job-running" else reader.page.wait_for_timeout(500)
    reader.picture(screen)
    reader.check_width()
    reader.check_access()


@pytest.mark.parametrize("language, theme", LOOKS)
@pytest.mark.parametrize("path", ["/sign-in", "/sign-in?with=token", "/password/forgotten"])
def test_stranger(visit, path, language, theme):
    reader = visit(language=language, theme=theme, signed_in=False)
    reader.open(path)
    reader.picture("stranger" + path.replace("/", "-").replace("?", "-"))
    reader.check_width()
    reader.check_access()


@pytest.mark.parametrize("screen", ["start", "jobs", "job-done", "job-running", "operations", "workspace", "members", "roles", "keys", "webhook", "audit", "account"])
def test_narrow(visit, furnished, screen):
    """WCAG 1.4.10: readable on a telephone."""
    reader = visit(width=360, language="ja")
    reader.open(SCREENS[screen].format(**furnished))
    reader.page.wait_for_timeout(300)
    reader.picture(screen + "-narrow")
    reader.check_width()


def test_theme_and_language_last(visit):
    reader = visit()
    page = reader.open("/jobs?state=failed")
    page.click("[data-theme-choice=dark]")
    page.wait_for_url("**/jobs?state=failed")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 20, 22)"
    page.click("a[hreflang=ja]")
    page.wait_for_url("**/jobs?state=failed")
    assert page.evaluate("document.documentElement.lang") == "ja"
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_both_languages_say_everything():
    folder = pathlib.Path(__file__).resolve().parents[2] / "Sources/Web/Pages/Files"
    texts = [json.loads((folder / f"texts.{language}.json").read_text()) for language in ("en", "ja")]
    assert texts[0].keys() == texts[1].keys()


def test_what_is_not_there_keeps_the_navigation(visit, furnished):
    for path in ("/nowhere", "/jobs/job_00000000000000000000000000000000"):
        reader = visit()
        reader.page.goto(path)
        reader.page.wait_for_selector("nav.pages >> text=Jobs")
        reader.forgive(404)
    stranger = visit(signed_in=False)
    stranger.page.goto("/nowhere")
    assert stranger.page.locator("nav.pages").count() == 0
    stranger.forgive(404)
