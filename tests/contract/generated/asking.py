"""Requests made from our OpenAPI description, good and bad, about what is there and what is not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core import NOT_SET

from gateway.app import Gateway
from gateway.settings import GatewaySettings
from tests.contract.isolation.world import PLACES, World
from tests.plain_http import TLS

FORM = "application/x-www-form-urlencoded"


def description() -> dict[str, Any]:
    """From the application itself."""
    settings = GatewaySettings(key_pepper="x", url_signing_key="x", session_key="x")
    found: dict[str, Any] = Gateway(settings).framework.openapi()
    return found


def labels(described: dict[str, Any]) -> list[str]:
    """Every operation; those that delete come last, so that the others find something."""
    found = [
        f"{method.upper()} {path}" for path, verbs in described["paths"].items() for method in verbs
    ]
    return sorted(found, key=lambda label: label.startswith("DELETE"))


class Operations:
    """What may be asked, and how to make up questions of each kind."""

    def __init__(self, described: dict[str, Any]) -> None:
        schema = schemathesis.openapi.from_dict(described)
        self._known = {one.ok().label: one.ok() for one in schema.get_all_operations()}

    def questions(self, label: str) -> st.SearchStrategy[Case]:
        """Good ones, and bad ones where anything about them could be bad."""
        operation = self._known[label]
        good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
        if not (operation.body or operation.query):
            return good
        return good | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


@dataclass
class Asked:
    """Asks as somebody, and keeps what was answered by status."""

    world: World
    channel: str
    statuses: Counter[int] = field(default_factory=Counter)

    @cached_property
    def http(self) -> httpx.Client:
        return httpx.Client(base_url=self.world.url, timeout=60, verify=TLS)

    def ask(self, case: Case, who: str, there: bool) -> httpx.Response:
        """`there` puts names of what exists into the path."""
        names = self.existing if there else {}
        path = case.path
        for name, value in (case.path_parameters or {}).items():
            path = path.replace(f"{{{name}}}", names.get(name, as_segment(value)))
        request = self.http.build_request(
            case.method, path, params=[*_pairs(case.query)], headers=self._headers(case, who),
            content=_body(case),
        )  # fmt: skip
        answer = self.http.send(request, stream=True)
        try:
            if "event-stream" not in answer.headers.get("content-type", ""):
                answer.read()
        finally:
            answer.close()
        self.statuses[answer.status_code] += 1
        return answer

    @cached_property
    def existing(self) -> dict[str, str]:
        """Path parameter → something of that kind that there is."""
        entity, project = PLACES["team"]
        ids = self.world.ids["team"]
        kinds = ("move", "rule", "view", "report", "comment", "share")
        return {
            **{f"{kind}_id": ids[kind] for kind in kinds},
            **{"entity": entity, "project": project, "run": "r1", "sweep": ids["sweep"]},
            **{"collection": "r1", "version": "v0", "username": "vi", "team": entity},
            **{"organization": "default", "key_id": self.world.things["key of mo"]},
            **{"channel_id": self.channel, "invitation": self.world.things["invitation"]},
            "run_id": ids["run"],
        }

    def _headers(self, case: Case, who: str) -> dict[str, str]:
        found = self.world.headers(who)
        if case.body is not NOT_SET:
            found["Content-Type"] = case.media_type or "application/json"
        return found


def as_segment(value: Any) -> str:
    """Most are quoted already; an empty one would make another path."""
    return quote(str(value), safe="%") or "-"


def _pairs(query: Any) -> Iterator[tuple[str, str]]:
    for name, value in (query or {}).items():
        for one in value if isinstance(value, list) else [value]:
            yield name, str(one)


def _body(case: Case) -> bytes | None:
    if case.body is NOT_SET:
        return None
    if isinstance(case.body, bytes):
        return case.body
    if case.media_type == FORM and isinstance(case.body, dict):
        return urlencode(case.body, doseq=True, errors="replace").encode()
    return json.dumps(case.body).encode()
