"""Everything with the keyboard alone."""


def test_first_stop_leads_past_the_navigation(visit):
    page = visit().open("/jobs")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_command_menu(visit):
    reader = visit()
    page = reader.open("/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("dialog.commands[open]")
    reader.check_access()
    reader.picture("command-menu")
    page.keyboard.type("audit")
    assert page.locator("dialog.commands [role=option]").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/workspace/audit")
    page.keyboard.press("Control+k")
    page.keyboard.type("no such thing at all")
    page.wait_for_selector("text=Nothing found")
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0


def test_shortcuts(visit):
    reader = visit()
    page = reader.open("/")
    page.keyboard.press("?")
    page.wait_for_selector("dialog.shortcuts[open]")
    reader.check_access()
    reader.picture("shortcuts")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("j")
    page.wait_for_url("**/jobs")


def test_keys_do_nothing_while_somebody_types(visit):
    page = visit().open("/workspace/keys")
    page.focus("#key-name")
    page.keyboard.type("gj?")
    assert page.input_value("#key-name") == "gj?" and page.url.endswith("/workspace/keys")


def test_along_the_rows(visit, furnished):
    page = visit().open("/jobs?kind=resize-image")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.href")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.href") != first
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.href") == first
    page.keyboard.press("Enter")
    page.wait_for_url(first)


def test_workspace_switch_closes_with_escape(visit):
    page = visit().open("/jobs")
    page.focus("details.switch summary")
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('details.switch').open")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.querySelector('details.switch').open")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_search_in_the_log(visit, furnished):
    page = visit().open(f"/jobs/{furnished['done']}")
    page.wait_for_selector(".line-of-log")
    page.keyboard.press("/")
    page.keyboard.type("line 11 ")
    page.wait_for_selector("text=1 of 40 lines")
    assert page.locator(".log-lines .line-of-log:visible").count() == 1
