"""Every screen reads and every form sends without a script."""

import pytest

from test_screens import SCREENS


@pytest.mark.parametrize("screen", [name for name, path in SCREENS.items() if path])
def test_reads(visit, furnished, screen):
    reader = visit(scripts=False)
    page = reader.open(SCREENS[screen].format(**furnished))
    assert page.locator("h1").count() == 1
    if screen in ("start", "job-done"):
        reader.picture(screen + "-without-scripts")


def test_forms_send(visit, server):
    page = visit(scripts=False).open("/workspace/keys")
    page.fill("#key-name", "by hand")
    page.get_by_label("See jobs").check()
    page.click("text=Make the key")
    assert page.text_content(".secret pre").strip().startswith("suisha_")
    page.click("text=I have copied it")
    page.get_by_role("button", name="Revoke: by hand").click()
    assert "The key is revoked." in page.text_content(".flash")


def test_refusal_has_a_way_back(visit):
    reader = visit(scripts=False)
    page = reader.open("/workspace/webhooks")
    page.fill("#hook-url", "https://example.com/hook")
    page.click("text=Make the webhook")
    assert page.locator(".problem-status").count() == 1
    reader.forgive(422)
    page.click("text=Back")
    assert page.url.endswith("/workspace/webhooks")


def test_bulk_with_undo(visit, furnished):
    page = visit(scripts=False).open("/jobs?state=waiting")
    page.locator(".row input[type=checkbox]").first.check()
    page.click("#change >> text=Cancel")
    assert "1 canceled." in page.text_content(".flash")
    page.click("text=Undo")
    assert "1 run again." in page.text_content(".flash")


def test_sample_by_its_button(visit):
    page = visit(scripts=False).open("/")
    page.click("text=Try it with a sample")
    assert "/jobs/job_" in page.url
    page.click("main >> text=Cancel")
    page.wait_for_selector("h1:text('jfk.flac')")
