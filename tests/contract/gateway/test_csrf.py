"""What another site makes a signed-in browser send has no effect here."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import httpx
import pytest

from tests.contract.gateway.edge import PASSWORD, Edge, Person, detail

OTHER_SITES = (
    "https://evil.example",
    "http://evil.example",
    "null",
    "http://localhost.evil.example",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "https://127.0.0.1",
    "file://",
    "",
    "http://[::1",
    "http://127.0.0.1@evil.example",
)
Forge = Callable[..., httpx.Response]
FORMS: tuple[dict[str, Any], ...] = (
    {"json": {"name": "Mallory"}},
    {"content": '{"name": "Mallory"}', "headers": {"Content-Type": "text/plain"}},
    {"data": {"name": "Mallory"}},
    {"files": {"name": (None, "Mallory")}},
)
CORPUS = list(product(OTHER_SITES, FORMS))
NOT_OURS = (403, "This request did not come from a page of this server.")


@pytest.fixture(scope="module")
def alice(edge: Edge) -> Person:
    return edge.person("alice", password=PASSWORD)


@pytest.fixture(scope="module")
def browser(edge: Edge, alice: Person) -> httpx.Client:
    return edge.browser(alice)


@pytest.fixture(scope="module")
def forge(edge: Edge, browser: httpx.Client) -> Forge:
    """With the cookie, as any site can make a browser send it, and with nothing of our pages."""
    return edge.visitor(Cookie=f"cordee={browser.cookies['cordee']}").request


@pytest.mark.parametrize(("origin", "form"), CORPUS)
def test_a_form_of_another_site_changes_nothing(
    forge: Forge, alice: Person, origin: str, form: dict[str, Any]
) -> None:
    headers = {"Origin": origin, **form.get("headers", {})}
    answer = forge("PATCH", "/api/v1/users/me", **{**form, "headers": headers})
    assert answer.status_code == 403
    assert alice.get("/api/v1/users/me")["name"] == alice.username


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_says_only_how_it_is_related(
    forge: Forge, browser: httpx.Client, site: str
) -> None:
    headers = {"Sec-Fetch-Site": site, "X-Cordee-CSRF": browser.headers["X-Cordee-CSRF"]}
    answer = forge("PATCH", "/api/v1/users/me", json={"name": "M"}, headers=headers)
    assert detail(answer) == NOT_OURS


def test_a_request_that_says_nothing_of_where_it_comes_from(
    forge: Forge, browser: httpx.Client
) -> None:
    headers = {"X-Cordee-CSRF": browser.headers["X-Cordee-CSRF"]}
    answer = forge("PATCH", "/api/v1/users/me", json={"name": "M"}, headers=headers)
    assert detail(answer) == NOT_OURS


@pytest.mark.parametrize("token", [None, "", "x", "é"])
def test_our_own_address_without_the_right_token(
    forge: Forge, browser: httpx.Client, token: str | None
) -> None:
    headers: dict[str, Any] = {"Origin": str(browser.base_url).rstrip("/")}
    if token is not None:
        headers["X-Cordee-CSRF"] = token.encode("latin-1")
    answer = forge("PATCH", "/api/v1/users/me", json={"name": "M"}, headers=headers)
    assert (answer.status_code, "X-Cordee-CSRF" in answer.json()["detail"]) == (403, True)


def test_the_token_of_another_session(edge: Edge, forge: Forge, alice: Person) -> None:
    other = edge.browser(alice).headers["X-Cordee-CSRF"]
    headers = {"Origin": edge.url, "X-Cordee-CSRF": other}
    answer = forge("PATCH", "/api/v1/users/me", json={"name": "M"}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/teams", {"name": "forged"}),
        ("POST", "/api/v1/users/me/api-keys", {"name": "forged"}),
        ("DELETE", "/api/v1/sessions/current", None),
        ("DELETE", "/api/v1/sessions/others", None),
        ("PUT", "/api/v1/users/me/password", {"current": PASSWORD, "password": "x" * 20}),
        ("POST", "/graphql", {"query": "mutation { generateApiKey(input: {}) { apiKey { id } } }"}),
    ],
)
def test_no_change_of_any_kind(
    forge: Forge, browser: httpx.Client, method: str, path: str, body: Any
) -> None:
    answer = forge(method, path, json=body, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert browser.get("/api/v1/sessions/current").status_code == 200


def test_a_query_by_cookie_needs_the_token_too(
    forge: Forge, browser: httpx.Client, alice: Person
) -> None:
    """All of GraphQL is POST."""
    asked = {"query": "{ viewer { username } }"}
    assert forge("POST", "/graphql", json=asked).status_code == 403
    answer = browser.post("/graphql", json=asked)
    assert answer.json() == {"data": {"viewer": {"username": alice.username}}}


@pytest.mark.parametrize("said", [{}, {"Sec-Fetch-Site": "same-origin"}])
def test_our_own_page_may_do_everything(browser: httpx.Client, said: dict[str, str]) -> None:
    answer = browser.patch("/api/v1/users/me", json={"language": "fr"}, headers=said)
    assert answer.json()["language"] == "fr"


def test_reading_needs_no_token(forge: Forge) -> None:
    assert forge("GET", "/api/v1/users/me").status_code == 200


def test_a_key_needs_neither_origin_nor_token(alice: Person) -> None:
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = alice.http.patch("/api/v1/users/me", json={"language": "en"}, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/sessions", {"login": "admin", "password": "x"}),
        ("/api/v1/sign-ups", {"email": "m@example.com", "password": PASSWORD}),
        ("/api/v1/sign-ups:start", {"email": "m@example.com"}),
        ("/api/v1/password-resets", {"login": "admin"}),
        ("/api/v1/password-resets:finish", {"token": "x", "password": PASSWORD}),
        ("/api/v1/email-confirmations", {"token": "x"}),
    ],
)
@pytest.mark.parametrize(
    "said",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_nobody_is_signed_in_by_another_site(
    edge: Edge, path: str, body: dict[str, str], said: dict[str, str]
) -> None:
    answer = edge.visitor().post(path, json=body, headers=said)
    assert detail(answer) == NOT_OURS
    assert "set-cookie" not in answer.headers


def test_cookies_and_answers_are_for_our_own_pages_only(browser: httpx.Client) -> None:
    """No answer invites another origin to read it."""
    answer = browser.get("/api/v1/sessions/current", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
