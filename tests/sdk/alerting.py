"""Rules and channels by REST, and what has fired."""

from __future__ import annotations

from typing import Any

import httpx

from tests.plain_http import TLS
from tests.sdk.machine import User

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Api:
    """One user's REST."""

    def __init__(self, url: str, user: User) -> None:
        self.url, self.user = url, user
        auth = httpx.BasicAuth("api", user.api_key)
        self.http = httpx.Client(
            base_url=f"{url}/api/v1", auth=auth, timeout=30, trust_env=False, verify=TLS
        )

    def post(self, path: str, **body: Any) -> Any:
        """What came of it; it must work."""
        answer = self.http.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def items(self, path: str) -> list[Any]:
        """What is listed there."""
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    def watch(self, when: dict[str, Any], url: str) -> str:
        """A project with a rule that tells a webhook; the name of the user's space."""
        name = self.user.username
        self.post(f"/teams/{name}/channels", name="hook", kind="webhook", url=url, secret=SECRET)
        self.post(
            f"/projects/{name}/demo/rules",
            name="a rule",
            when=when,
            notify=["hook"],
            severity="error",
            cooldown_s=0,
        )
        return name
