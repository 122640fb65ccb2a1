"""Every failure has one status, and whatever has no word of its own passes as temporary."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from fastapi import FastAPI, Request
from graphql import GraphQLError
from httpx import ASGITransport, AsyncClient
from starlette.exceptions import HTTPException

from gateway.graphql import errors as graphql_errors
from gateway.http import errors as http_errors
from gateway.http.errors import STATUS, ingest_answer, retry_headers, status_of
from shared import errors
from shared.errors import BY_CODE, CordeeError, Invalid, RateLimited, Unavailable

FINAL = {400, 401, 403, 404, 409, 410, 413, 422, 501}
"""What the SDK never tries again (wire-protocol §3.6)."""
KINDS = sorted(BY_CODE.values(), key=lambda kind: kind.code)


class Odd(CordeeError):
    """One that no table knows."""


class TestStatus:
    def test_one_without_a_word_is_temporary(self) -> None:
        assert status_of(Odd("?")) == status_of(CordeeError("?")) == 503

    def test_every_kind_has_one(self) -> None:
        assert set(STATUS) == set(KINDS)
        assert {kind.__name__: STATUS[kind] for kind in KINDS} == {
            "Invalid": 422,
            "TooLarge": 413,
            "Unauthenticated": 401,
            "Forbidden": 403,
            "NotFound": 404,
            "Gone": 410,
            "Conflict": 409,
            "RateLimited": 429,
            "Unavailable": 503,
        }

    def test_only_what_may_pass_is_tried_again(self) -> None:
        again = {kind for kind in KINDS if STATUS[kind] not in FINAL}
        assert again == {RateLimited, Unavailable}

    def test_every_status_has_a_title(self) -> None:
        assert set(STATUS.values()) <= set(http_errors.TITLES)


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("after", "header"), [(None, None), (0.2, "1"), (2.0, "2"), (2.1, "3"), (600, "600")]
    )
    def test_it_is_whole_seconds_and_never_less_than_asked(
        self, after: float | None, header: str | None
    ) -> None:
        assert retry_headers(RateLimited("slow", retry_after=after)).get("Retry-After") == header

    def test_unavailable_always_says_when(self) -> None:
        assert retry_headers(Unavailable("down")) == {"Retry-After": "2"}


class TestIngest:
    def test_what_is_malformed_is_a_bad_request_with_its_field(self) -> None:
        status, body, extra = ingest_answer(Invalid("offset: wrong", field="offset"))
        assert (status, extra) == (400, [])
        assert orjson.loads(body) == {"error": "offset: wrong", "field": "offset"}

    @pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not Invalid])
    def test_everything_else_has_its_own_status(self, kind: type[CordeeError]) -> None:
        status, body, _ = ingest_answer(kind("said"))
        assert (status, orjson.loads(body)) == (STATUS[kind], {"error": "said"})

    def test_when_to_come_back_is_said(self) -> None:
        assert ingest_answer(Unavailable("down", retry_after=7))[2] == [(b"retry-after", b"7")]


async def answer_to(error: Exception) -> tuple[int, dict[str, Any], dict[str, str]]:
    """What a route that fails so answers."""
    app = FastAPI()
    app.add_exception_handler(CordeeError, http_errors.on_cordee_error)
    app.add_exception_handler(HTTPException, http_errors.on_http_error)
    app.add_exception_handler(Exception, http_errors.on_fault)

    @app.get("/")
    async def fail(request: Request) -> None:
        raise error

    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get("/")
    return response.status_code, response.json(), dict(response.headers)


class TestProblems:
    async def test_a_fault_tells_nothing_of_itself(self) -> None:
        status, body, headers = await answer_to(ZeroDivisionError("secret detail"))
        assert (status, body["status"], headers["retry-after"]) == (503, 503, "5")
        assert "secret" not in str(body)

    @pytest.mark.parametrize("kind", [*KINDS, Odd])
    async def test_each_kind_is_a_problem_document(self, kind: type[CordeeError]) -> None:
        status, body, headers = await answer_to(kind("what happened", field="name"))
        assert status == body["status"] == status_of(kind("x"))
        assert headers["content-type"] == "application/problem+json"
        assert (body["detail"], body["field"]) == ("what happened", "name")
        assert body["type"].endswith(f"/{kind.code}")
        assert body["request_id"]

    async def test_who_is_not_signed_in_is_told_how(self) -> None:
        _, _, headers = await answer_to(errors.Unauthenticated("who?"))
        assert "Basic" in headers["www-authenticate"]


class TestGraphQL:
    def failed(self, *causes: Exception | None) -> tuple[int, dict[str, Any], dict[str, str]]:
        found = [GraphQLError("outer", original_error=cause) for cause in causes]
        return graphql_errors.answer({"viewer": None}, found)

    def test_a_fault_tells_nothing_of_itself(self) -> None:
        status, body, headers = self.failed(KeyError("secret"))
        assert (status, headers) == (503, {"Retry-After": "2"})
        assert "secret" not in str(body)

    @pytest.mark.parametrize("kind", [*KINDS, Odd])
    def test_each_kind_has_its_status_and_an_errors_array(self, kind: type[CordeeError]) -> None:
        status, body, _ = self.failed(kind("said", field="name"))
        assert status == status_of(kind("x"))
        assert body["errors"][0]["message"] == "said"
        assert body["errors"][0]["extensions"] == {"code": kind.code, "field": "name"}
        assert graphql_errors.refused(kind("said"))[0] == status

    def test_of_several_the_gravest_decides(self) -> None:
        assert self.failed(Invalid("a"), Unavailable("b"), errors.NotFound("c"))[0] == 503
        assert self.failed(errors.NotFound("c"), Odd("?"))[0] == 503

    def test_a_document_that_is_wrong_is_a_bad_request(self) -> None:
        status, body, _ = graphql_errors.answer(None, [GraphQLError("what?")], malformed=True)
        assert (status, body["data"]) == (400, None)

    def test_without_errors_it_is_fine(self) -> None:
        assert graphql_errors.answer({"a": 1}, [])[0] == 200
