"""What people do on the screens, through to what the API then says."""

import re

from conftest import PASSWORD, role


def test_key_is_shown_once_and_works(visit, server):
    reader = visit()
    page = reader.open("/workspace/keys")
    page.fill("#key-name", "from the browser")
    page.get_by_label("See jobs").check()
    page.click("text=Make the key")
    secret = page.text_content(".secret pre").strip()
    reader.check_access()
    assert server.call("GET", "/api/v1/jobs", authorization=f"Bearer {secret}")["items"] is not None
    page.click("text=I have copied it")
    assert page.is_visible("text=from the browser") and secret not in page.content()
    page.get_by_role("button", name="Revoke: from the browser").click()
    page.get_by_role("button", name="Go ahead").click()
    page.wait_for_selector(".flash >> text=The key is revoked.")
    assert "done=" not in page.url


def test_wrong_input_is_explained_in_its_place(visit):
    reader = visit()
    page = reader.open("/workspace/roles")
    page.fill("#role-name", "Viewer")
    page.fill("#role-rank", "998")
    page.evaluate("document.querySelector('#role-rank').max = '99999'")
    page.fill("#role-rank", "99998")
    page.click("text=Make the role")
    page.wait_for_selector("#role .notice:not([hidden])")
    assert page.input_value("#role-name") == "Viewer", "what was typed stays"
    reader.forgive(422)


def test_role_is_made_changed_and_removed(visit):
    page = visit().open("/workspace/roles")
    page.fill("#role-name", "Listener")
    page.get_by_label("See jobs").check()
    page.click("text=Make the role")
    page.wait_for_selector(".flash")
    page.click("li:has-text('Listener') >> text=Edit")
    assert page.input_value("#role-name") == "Listener" and page.get_by_label("See jobs").is_checked()
    page.fill("#role-name", "Reader")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".flash >> text=The role is changed.")
    page.get_by_role("button", name="Remove: Reader").click()
    page.get_by_role("button", name="Go ahead").click()
    page.wait_for_selector(".flash >> text=The role is removed.")


def test_invitation_leads_a_person_in(visit, server):
    page = visit().open("/workspace/members")
    page.select_option("select[name=role] >> nth=-1", role(server, "viewer"))
    page.click("text=Invite >> nth=-1")
    link = page.text_content(".secret pre").strip()
    assert link.startswith(server.url + "/invite?token=")
    guest = visit(signed_in=False)
    guest.open(link)
    guest.page.get_by_role("link", name="Make an account").click()
    guest.page.fill("#email", "guest@example.com")
    guest.page.fill("#name", "Guest")
    guest.page.fill("#password", PASSWORD)
    guest.page.click("main button")
    guest.page.wait_for_selector("h1:text('Look into your mail')")
    guest.open(server.letter("guest@example.com"))
    guest.page.fill("#password", PASSWORD)
    guest.page.click("main button")
    guest.page.wait_for_url("**/sign-in")
    guest.page.fill("#email", "guest@example.com")
    guest.page.fill("#password", PASSWORD)
    guest.page.click("main form button")
    guest.page.wait_for_selector("nav.pages")
    assert guest.page.locator("nav.pages >> text=Audit log").count() == 0, "a viewer has no audit log"
    page.goto("/workspace/members")
    page.wait_for_selector("text=guest@example.com")
    page.get_by_label("Role: Guest").select_option(role(server, "editor"))
    page.wait_for_selector(".flash >> text=The role is changed.")


def test_webhook_with_deliveries(visit, furnished):
    page = visit().open(f"/workspace/webhooks/{furnished['hook']}")
    page.click("text=Send a test")
    page.wait_for_selector(".flash >> text=A test is on its way.")
    assert page.locator("code:text('webhook.test')").count() >= 1
    page.get_by_role("button", name="Send again").first.click()
    page.wait_for_selector(".flash >> text=It is on its way again.")


def test_audit_is_filtered_exported_and_checked(visit, furnished):
    page = visit().open("/workspace/audit")
    page.fill("input[name=action]", "role.")
    page.click("text=Filter")
    page.wait_for_url(re.compile("action=role"))
    shown = page.locator("tbody th [data-action]")
    actions = shown.evaluate_all("all => all.map((one) => one.dataset.action)")
    assert actions and all(action.startswith("role.") for action in actions)
    assert "Role made" in shown.all_text_contents()
    with page.expect_download() as download:
        page.click(".exports >> text=CSV")
    assert "role." in open(download.value.path()).read()
    page.click("text=Check the chain")
    page.wait_for_selector(".flash >> text=holds")


def test_many_jobs_are_canceled_and_brought_back(visit, server, furnished):
    page = visit().open("/jobs?state=waiting&kind=resize-image")
    boxes = page.locator(".row input[type=checkbox]")
    count = boxes.count()
    assert count >= 2
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.wait_for_selector("text=2 selected")
    page.click("#change >> text=Cancel")
    page.wait_for_selector(".flash >> text=2 canceled.")
    assert page.locator(".row").count() == count - 2 and "kind=resize-image" in page.url
    page.click(".flash >> text=Undo")
    page.wait_for_selector(".flash >> text=2 run again.")
    assert page.locator(".row").count() == count


def test_job_runs_again_with_another_input(visit, server, furnished):
    reader = visit()
    page = reader.open(f"/jobs/{furnished['done']}")
    page.click("text=Run again with another input")
    page.fill("#again-input", '{"text": ')
    page.click("main button:text('Make another')")
    page.wait_for_selector(".documents .notice:not([hidden])")
    reader.forgive(422)
    page.fill("#again-input", '{"text": "Another picture"}')
    page.click("main button:text('Make another')")
    page.wait_for_selector("h1:text('Another picture')")


def test_page_of_another_workspace_is_refused(visit, server):
    reader = visit()
    page = reader.open("/workspace")
    page.fill("#new-name", "Second")
    page.click("text=Make the workspace")
    page.wait_for_selector("h1:text('Second')")
    old = reader.context.new_page()
    old.goto("/workspace/keys")
    page.click("details.switch summary")
    page.click("details.switch button:text('Local')")
    page.wait_for_selector("details.switch summary:has-text('Local')")
    old.fill("#key-name", "for the wrong workspace")
    old.get_by_label("See jobs").check()
    old.click("text=Make the key")
    old.wait_for_selector("text=another workspace")
    assert all(key["name"] != "for the wrong workspace" for key in server.call("GET", "/api/v1/keys")["items"])


def test_account(visit):
    reader = visit()
    page = reader.open("/account")
    page.fill("#factor-password", PASSWORD)
    page.click("text=Set it up")
    page.wait_for_selector(".secret pre")
    reader.check_access()
    page.click("text=I have copied it")
    page.fill("#current", "a wrong password")
    page.fill("#new-password", "another long password")
    page.click("text=Change the password")
    page.wait_for_selector(".card .notice:not([hidden])")
    reader.forgive(422)
    reader.forgive(403)


def test_the_audit_log_names_people_and_actions(visit, furnished):
    page = visit(language="ja").open("/workspace/audit?action=role.created")
    assert set(page.locator("tbody th [data-action]").all_text_contents()) == {"ロールの作成"}
    assert "Aiko Tanaka" in page.locator("tbody a[title^=user_]").all_text_contents()
    page.select_option("select[name=actor]", label="Aiko Tanaka")
    page.click("form[action='/workspace/audit'] button")
    page.wait_for_url(re.compile("actor=user_"))
    assert page.locator("select[name=actor] option:checked").text_content() == "Aiko Tanaka"
