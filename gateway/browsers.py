"""Browsers: the cookie that signs them in, and the proof that a page of ours made a request.

Browsers send cookies with what any other site makes them send. So what a cookie would change
must come from our own address, and carry a token that only our own pages can read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

from fastapi import Request, Response

from shared.errors import Forbidden

CSRF_HEADER = "x-cordee-csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SSO_S = 15 * 60
_LONGEST_S = 400 * 24 * 3600
"""As long as browsers keep any cookie; when a session ends is for identity to say."""
_PORTS = {"http": 80, "https": 443}


class Browsers:
    """Gives out cookies and judges where requests come from."""

    def __init__(self, key: bytes, base_url: str) -> None:
        """`key` makes the tokens; `base_url` is where browsers find us."""
        self._key = key
        self._base_url = base_url
        self._scheme, self._host = _site(base_url)
        self._secure = self._scheme == "https"
        # With the prefix a browser takes the cookie from exactly this host, encrypted, or not at
        # all; it refuses the prefix where there is no encryption.
        prefix = "__Host-" if self._secure else ""
        self.cookie = f"{prefix}cordee"
        self.sso_cookie = f"{prefix}cordee-sso"

    def page(self, path: str) -> str:
        """The address of a page of ours; the path begins with a slash."""
        return self._base_url + path

    def sign_in(self, response: Response, token: str) -> None:
        """From now on this browser comes with the session."""
        self._set(response, self.cookie, token, _LONGEST_S)

    def sign_out(self, response: Response) -> None:
        """The browser forgets the session."""
        self._set(response, self.cookie, "", 0)

    def remember_sso(self, response: Response, state: str) -> None:
        """Which way out this browser took, to compare on the way back."""
        self._set(response, self.sso_cookie, state, SSO_S)

    def forget_sso(self, response: Response) -> None:
        """It came back, whatever came of it."""
        self._set(response, self.sso_cookie, "", 0)

    def left_for_sso(self, request: Request, state: str) -> bool:
        """Whether this very browser was sent out with this state."""
        return _same(request.cookies.get(self.sso_cookie) or "", state) and state != ""

    def csrf_token(self, session_id: str) -> str:
        """What our pages send back in `X-Cordee-CSRF`; another session has another."""
        code = hmac.new(self._key, f"csrf {session_id}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(code).decode().rstrip("=")

    def must_come_from_us(self, request: Request) -> None:
        """Forbidden for a change that a page of another site asks for.

        Browsers name the origin of every such request, so one without is from no browser.
        """
        if request.method not in SAFE and not self._is_ours(request, unsaid=True):
            raise Forbidden("This request did not come from a page of this server.")

    def must_be_meant(self, request: Request, session_id: str) -> None:
        """Forbidden for a change on the strength of a cookie that our own page did not ask for."""
        if request.method in SAFE:
            return
        if not self._is_ours(request, unsaid=False):
            raise Forbidden("This request did not come from a page of this server.")
        if not _same(request.headers.get(CSRF_HEADER) or "", self.csrf_token(session_id)):
            raise Forbidden("X-Cordee-CSRF is missing or belongs to another session.")

    def _is_ours(self, request: Request, *, unsaid: bool) -> bool:
        """`unsaid` is the answer where the request says nothing about where it comes from."""
        origin = request.headers.get("origin")
        if origin is not None:
            scheme, host = _site(origin)
            asked = _site(f"{self._scheme}://{request.headers.get('host', '')}")[1]
            return scheme == self._scheme and host in (self._host, asked)
        fetched_by = request.headers.get("sec-fetch-site")
        return unsaid if fetched_by is None else fetched_by in ("same-origin", "none")

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )


def _site(url: str) -> tuple[str, tuple[str, int]]:
    """Scheme, and host with port, of an origin; what is none resembles nothing of ours."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", ("", 0)
    return parts.scheme, (parts.hostname or "", port)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
