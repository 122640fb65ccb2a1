"""Single sign-on through the edge, and what the cookies of both ways in look like."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import Request, Response

from gateway.browsers import Browsers
from tests.contract.gateway.edge import Edge, ended
from tests.contract.gateway.issuer import Issuer


class TestSingleSignOn:
    def begun(self, edge: Edge, **query: str) -> tuple[httpx.Client, str, str]:
        """A browser on its way, where to, and its state."""
        browser = edge.visitor()
        answer = browser.get("/api/v1/sso/begin", params=query)
        assert answer.status_code == 302
        url = answer.headers["location"]
        return browser, url, parse_qs(urlsplit(url).query)["state"][0]

    def test_there_and_back_to_the_page_that_it_began_at(self, edge: Edge, issuer: Issuer) -> None:
        name = edge.name("zoe")
        browser, url, state = self.begun(edge, return_to="/settings")
        assert url.startswith(issuer.url)
        back = {"state": state, "code": issuer.code_for(name, url)}
        answer = browser.get("/api/v1/sso/callback", params=back)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{edge.url}/settings")
        assert browser.get("/api/v1/users/me").json()["username"] == name

    def test_another_browser_cannot_finish_it(self, edge: Edge, issuer: Issuer) -> None:
        """Else somebody could be signed in to an account of the attacker's by a mere link."""
        _, url, state = self.begun(edge)
        _, _, others = self.begun(edge)
        for cookie in ("", f"cordee-sso={others}"):
            victim = edge.visitor(Cookie=cookie)
            back = {"state": state, "code": issuer.code_for(edge.name("mallory"), url)}
            answer = victim.get("/api/v1/sso/callback", params=back)
            assert answer.headers["location"] == f"{edge.url}/login?sso=unauthenticated"
            assert ended(victim)

    @pytest.mark.parametrize("query", ["", "?state=", "?error=access_denied", "?state=x&code=y"])
    def test_coming_back_with_nothing_leads_to_the_sign_in_page(
        self, edge: Edge, query: str
    ) -> None:
        answer = edge.visitor().get(f"/api/v1/sso/callback{query}")
        assert answer.headers["location"].startswith(f"{edge.url}/login?sso=")

    @pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "/\\evil.example"])
    def test_another_site_is_no_place_to_return_to(
        self, edge: Edge, issuer: Issuer, page: str
    ) -> None:
        browser, url, state = self.begun(edge, return_to=page)
        back = {"state": state, "code": issuer.code_for(edge.name("zoe"), url)}
        answer = browser.get("/api/v1/sso/callback", params=back)
        assert answer.headers["location"] == f"{edge.url}/"


class TestCookies:
    def given(self, base_url: str) -> str:
        response = Response()
        Browsers(b"key", base_url).sign_in(response, "token")
        return response.headers["set-cookie"]

    def test_an_encrypted_site_has_one_that_nobody_else_can_set(self) -> None:
        cookie = self.given("https://cordee.example.com")
        assert cookie.startswith("__Host-cordee=token; ")
        assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()

    def test_a_plain_site_has_one_that_browsers_take(self) -> None:
        cookie = self.given("http://localhost:8080")
        assert cookie.startswith("cordee=token; ")
        assert "Secure" not in cookie

    def test_each_session_and_each_instance_has_its_own_token(self) -> None:
        one, other = (Browsers(key, "http://localhost") for key in (b"one", b"other"))
        assert len({one.csrf_token("a"), one.csrf_token("b"), other.csrf_token("a")}) == 3

    def test_a_default_port_may_be_said_or_not(self) -> None:
        for said in ("https://cordee.example.com", "https://cordee.example.com:443"):
            headers = [(b"origin", b"https://cordee.example.com"), (b"host", b"10.0.0.1")]
            request = Request({"type": "http", "method": "POST", "headers": headers})
            Browsers(b"key", said).must_come_from_us(request)
