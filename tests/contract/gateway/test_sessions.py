"""Browsers: signing up, in and out, and what a session's cookie is worth."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.contract.gateway.edge import PASSWORD, SECOND, Edge, Person, detail, ended
from tests.servers import wait_for

SESSIONS = "/api/v1/sessions"


@pytest.fixture
def alice(edge: Edge) -> Person:
    return edge.person("alice", password=PASSWORD)


class TestSigningIn:
    def test_a_wrong_password_and_an_unknown_name_look_the_same(
        self, edge: Edge, alice: Person
    ) -> None:
        attempts = [(alice.username, "wrong"), (edge.name("ghost"), PASSWORD), (alice.email, "")]
        answers = {
            detail(edge.visitor().post(SESSIONS, json={"login": login, "password": password}))
            for login, password in attempts
        }
        assert answers == {(401, "The name or the password is wrong.")}

    def test_by_name_or_by_mailbox(self, edge: Edge, alice: Person) -> None:
        for login in (alice.username, alice.email, alice.email.upper()):
            browser = edge.visitor()
            body = browser.post(SESSIONS, json={"login": login, "password": PASSWORD}).json()
            assert body["user"]["username"] == alice.username
            assert browser.get(f"{SESSIONS}/current").json() == body

    def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(
        self, edge: Edge, alice: Person
    ) -> None:
        body = {"login": alice.username, "password": PASSWORD}
        answer = edge.visitor().post(SESSIONS, json=body)
        name, *flags = answer.headers["set-cookie"].split("; ")
        assert name.startswith("cordee=")
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(flags)
        assert answer.headers["cache-control"] == "no-store"

    def test_too_many_attempts_have_to_wait_and_are_told_how_long(self, edge: Edge) -> None:
        login, visitor = edge.name("victim"), edge.visitor()
        body = {"login": login, "password": "guess"}
        answers = iter([visitor.post(SESSIONS, json=body) for _ in range(25)])
        last = next(answer for answer in answers if answer.status_code != 401)
        assert {answer.status_code for answer in (last, *answers)} == {429}
        assert last.headers["ratelimit-remaining"] == "0"
        assert int(last.headers["retry-after"]) == int(last.headers["ratelimit-reset"]) > 60

    def test_what_the_page_offers(self, edge: Edge) -> None:
        offered = edge.visitor().get(f"{SESSIONS}/options").json()
        assert offered == {
            "signup": "open",
            "domains": [],
            "confirm": False,
            "mail": False,
            "sso": "single sign-on",
            "first_start": False,
        }


class TestASession:
    def test_a_key_wins_over_a_cookie(self, edge: Edge, alice: Person) -> None:
        browser, bob = edge.browser(alice), edge.person("bob")
        me = browser.get("/api/v1/users/me", auth=bob.http.auth)
        assert me.json()["username"] == bob.username
        wrong = browser.get("/api/v1/users/me", headers={"Authorization": "Bearer " + "x" * 40})
        assert wrong.status_code == 401

    def test_its_token_is_no_key_and_a_key_is_no_session(self, edge: Edge, alice: Person) -> None:
        browser = edge.browser(alice)
        token = browser.cookies["cordee"]
        assert not ended(browser)
        assert edge.with_key(token).get("/api/v1/users/me").status_code == 401
        assert isinstance(alice.http.auth, httpx.BasicAuth)
        key = alice.post("/api/v1/users/me/api-keys", name="mine")["key"]
        assert ended(edge.visitor(Cookie=f"cordee={key}"))

    def test_a_wrong_cookie_is_nobody(self, edge: Edge) -> None:
        for cookie in ("cordee=", "cordee=x", "cordee=" + "x" * 43, "cordee=" + "x" * 5000):
            assert ended(edge.visitor(Cookie=cookie))
            assert edge.visitor(Cookie=cookie).get(f"{SESSIONS}/options").status_code == 200

    def test_a_key_needs_no_token_against_forgery(self, alice: Person) -> None:
        assert alice.get(f"{SESSIONS}/current")["csrf_token"] is None

    def test_signing_in_again_ends_the_one_before(self, edge: Edge, alice: Person) -> None:
        browser = edge.browser(alice)
        first = edge.visitor(Cookie=f"cordee={browser.cookies['cordee']}")
        assert not ended(first)
        browser.post(SESSIONS, json={"login": alice.username, "password": PASSWORD})
        wait_for("the first session ends", lambda: ended(first), SECOND)
        assert not ended(browser)

    def test_a_browser_without_a_key_gets_no_dialog_of_its_own(self, edge: Edge) -> None:
        """Which it would show for the scheme Basic, over the page that asks to sign in."""
        asked = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"}
        answer = edge.visitor().get(f"{SESSIONS}/current", headers=asked)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


class TestSigningOut:
    def test_ends_the_session_and_takes_the_cookie(self, edge: Edge, alice: Person) -> None:
        browser = edge.browser(alice)
        stolen = edge.visitor(Cookie=f"cordee={browser.cookies['cordee']}")
        assert not ended(stolen)
        assert browser.delete(f"{SESSIONS}/current").status_code == 204
        assert "cordee" not in browser.cookies
        assert ended(stolen)
        assert browser.delete(f"{SESSIONS}/current").status_code == 204

    def test_one_of_several(self, edge: Edge, alice: Person) -> None:
        here, there = edge.browser(alice), edge.browser(alice)
        listed = here.get(SESSIONS).json()
        assert [session["current"] for session in listed["items"]] == [False, True]
        assert listed["next"] is None
        assert not ended(there)
        assert here.delete(f"{SESSIONS}/{listed['items'][0]['id']}").status_code == 204
        assert ended(there)
        assert not ended(here)

    def test_everywhere_else(self, edge: Edge, alice: Person) -> None:
        here, *others = (edge.browser(alice) for _ in range(3))
        assert here.delete(f"{SESSIONS}/others").status_code == 204
        assert [ended(browser) for browser in (here, *others)] == [False, True, True]

    def test_somebody_elses_session_is_not_there(self, edge: Edge, alice: Person) -> None:
        browser = edge.browser(alice)
        session = browser.get(SESSIONS).json()["items"][0]["id"]
        bob = edge.person("bob")
        assert bob.http.delete(f"{SESSIONS}/{session}").status_code == 404
        assert not ended(browser)


class TestPasswords:
    def test_another_password_ends_every_other_session(self, edge: Edge, alice: Person) -> None:
        here, there = edge.browser(alice), edge.browser(alice)
        path, new = "/api/v1/users/me/password", "eight green valleys"
        assert here.put(path, json={"current": "wrong", "password": new}).status_code == 403
        assert here.put(path, json={"current": PASSWORD, "password": new}).status_code == 204
        wait_for("the other session ends", lambda: ended(there), SECOND)
        assert not ended(here)

    def test_a_link_from_an_administrator_works_once(self, edge: Edge, alice: Person) -> None:
        assert alice.http.post("/api/v1/users/admin/password-reset").status_code == 403
        link = edge.admin.post(f"/api/v1/users/{alice.username}/password-reset")
        [token] = parse_qs(urlsplit(link["url"]).query)["token"]
        body = {"token": token, "password": "eight green valleys"}
        visitor = edge.visitor()
        assert visitor.post("/api/v1/password-resets:finish", json=body).status_code == 204
        assert visitor.post("/api/v1/password-resets:finish", json=body).status_code == 404
        login = {"login": alice.username, "password": body["password"]}
        assert visitor.post(SESSIONS, json=login).status_code == 201

    def test_without_mail_nothing_is_begun(self, edge: Edge) -> None:
        visitor = edge.visitor()
        reset = visitor.post("/api/v1/password-resets", json={"login": "anybody"})
        start = visitor.post("/api/v1/sign-ups:start", json={"email": "x@example.com"})
        assert (reset.status_code, start.status_code) == (409, 409)


class TestSigningUp:
    def test_makes_an_account_and_signs_in(self, edge: Edge) -> None:
        name, browser = edge.name("newcomer"), edge.visitor()
        body = {"email": f"{name}@example.com", "username": name, "password": PASSWORD}
        made = browser.post("/api/v1/sign-ups", json=body)
        assert made.status_code == 201
        assert made.json()["user"]["default_entity"] == name
        assert not ended(browser)

    def test_with_an_invitation_joins_the_team(self, edge: Edge) -> None:
        alice, name = edge.person(), edge.name("guest")
        team = edge.team(alice)
        invited = alice.post(f"/api/v1/teams/{team}/invitations", email=f"{name}@example.com")
        browser = edge.visitor()
        body = {"token": invited["token"], "username": name, "password": PASSWORD}
        made = browser.post("/api/v1/sign-ups", json=body).json()
        assert made["joined"] == made["user"]["default_entity"] == team
        assert browser.get("/api/v1/users/me").json()["teams"] == [{"name": team, "role": "member"}]

    @pytest.mark.parametrize(
        ("field", "value"), [("password", "short"), ("email", "no mailbox"), ("username", "a b")]
    )
    def test_what_is_wrong_is_named(self, edge: Edge, field: str, value: str) -> None:
        name = edge.name("x")
        body = {"email": f"{name}@example.com", "username": name, "password": PASSWORD}
        answer = edge.visitor().post("/api/v1/sign-ups", json=body | {field: value})
        assert (answer.status_code, answer.json()["field"]) == (422, field)


class TestMailboxes:
    def test_another_mailbox_takes_the_password(self, edge: Edge, alice: Person) -> None:
        path, email = "/api/v1/users/me/email", f"new-{alice.email}"
        refused = alice.http.put(path, json={"email": email})
        assert refused.status_code == 403
        changed = alice.http.put(path, json={"email": email, "password": PASSWORD})
        assert changed.json()["email"] == email

    def test_a_wrong_token_confirms_nothing(self, edge: Edge) -> None:
        answer = edge.visitor().post("/api/v1/email-confirmations", json={"token": "x" * 43})
        assert answer.status_code == 404
