"""oidc-provider-mock signs people in: a provider of OpenID Connect that nobody here wrote."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request

PERSON = {"email": "ann@example.com", "email_verified": True, "name": "Ann"}


def judge(server, provider):
    first = Browser()
    departure = first.open(server.url + "/sign-in/sso/begin")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(departure.location).query)
    assert query["code_challenge_method"] == ["S256"] and len(query["code_challenge"][0]) == 43, query
    assert query["response_type"] == ["code"] and "openid" in query["scope"][0].split(), query
    assert query["redirect_uri"] == [server.url + "/sign-in/sso/return"], query
    assert len(query["state"][0]) >= 22 and len(query["nonce"][0]) >= 22, query
    back = agree(first, departure.location)
    assert back.startswith(server.url + "/sign-in/sso/return?"), back

    # Another browser that gets hold of the address has not left with that state.
    thief = Browser()
    assert thief.open(back).status in (401, 403), "another browser came in with the address"
    arrival = first.open(back)
    assert (arrival.status, arrival.location) == (303, "/"), (arrival.status, arrival.location, arrival.body)
    cookie = arrival.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite" in cookie, cookie
    account = first.open(server.url + "/api/v1/account")
    assert account.status == 200 and b"ann@example.com" in account.body, account.body
    assert first.open(back).status in (401, 403), "the address works twice"

    # Nor has one that left with a state of its own.
    victim = Browser()
    back = agree(victim, victim.open(server.url + "/sign-in/sso/begin").location)
    thief.open(server.url + "/sign-in/sso/begin")
    assert thief.open(back).status in (401, 403), "another browser came in with a departure of its own"
    assert thief.open(server.url + "/api/v1/account").status == 401

    # The same person, later and elsewhere: the same account.
    second = Browser()
    back = agree(second, second.open(server.url + "/sign-in/sso/begin").location)
    forged = back.replace("state=", "state=A")
    assert second.open(forged).status in (401, 403), "a changed state was taken"
    second = Browser()
    second.open(agree(second, second.open(server.url + "/sign-in/sso/begin").location))
    assert second.open(server.url + "/api/v1/account").body == account.body
    denied = Browser()
    refusal = denied.open(agree(denied, denied.open(server.url + "/sign-in/sso/begin").location, action="deny"))
    assert refusal.status in (401, 403), refusal.status
    assert denied.open(server.url + "/api/v1/account").status == 401
    print("sign-in: oidc-provider-mock signed a person in; stolen, repeated, changed and denied returns were refused")


def agree(browser, url, action=None):
    """Answers the provider's page, and returns where it sends the browser."""
    form = {"action": action} if action else {"sub": "ann"}
    answer = browser.open(url, urllib.parse.urlencode(form).encode())
    assert answer.location, (answer.status, answer.body[:500])
    return answer.location


class Browser:
    """Keeps cookies and follows no redirect by itself."""

    class Answer:
        def __init__(self, answer):
            self.status = answer.status if hasattr(answer, "status") else answer.code
            self.headers = answer.headers
            self.location = answer.headers.get("Location")
            self.body = answer.read()

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    def __init__(self):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar, self.NoRedirect)

    def open(self, url, form=None):
        try:
            with self.opener.open(urllib.request.Request(url, data=form), timeout=30) as answer:
                return self.Answer(answer)
        except urllib.error.HTTPError as error:
            with error:
                return self.Answer(error)
