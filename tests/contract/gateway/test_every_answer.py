"""What every answer of the edge carries, and how much a request may bring."""

from __future__ import annotations

import gzip

import pytest

from tests.contract.gateway.edge import Edge

PATHS = ("/healthz", "/readyz", "/api/v1/users/me", "/api/v1/nowhere", "/nowhere", "/api/docs")
MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize("path", [*PATHS, "/graphql", "/oidc/token", "/files/a/b/c/file_stream"])
def test_has_an_id_of_its_own_and_says_what_browsers_may_do(edge: Edge, path: str) -> None:
    visitor = edge.visitor()
    method = "GET" if path in PATHS else "POST"
    first, second = visitor.request(method, path), visitor.request(method, path)
    assert len({first.headers["x-request-id"], second.headers["x-request-id"]}) == 2
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["referrer-policy"] == "same-origin"


def test_the_id_stands_in_a_problem_too(edge: Edge) -> None:
    answer = edge.visitor().get("/api/v1/users/me")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_what_concerns_somebody_is_kept_nowhere(edge: Edge) -> None:
    admin = edge.admin.http
    assert admin.get("/api/v1/users/me").headers["cache-control"] == "no-store"
    viewer = admin.post("/graphql", json={"query": "{ viewer { id } }"})
    assert viewer.headers["cache-control"] == "no-store"


def test_a_body_of_more_than_a_mebibyte_is_too_large(edge: Edge) -> None:
    admin = edge.admin.http
    body = b'{"name": "' + b"x" * MEBIBYTE + b'"}'
    headers = {"Content-Type": "application/json"}
    announced = admin.post("/api/v1/teams", content=body, headers=headers)
    unannounced = admin.post("/api/v1/teams", content=iter([body]), headers=headers)
    packed = admin.post(
        "/api/v1/teams", content=gzip.compress(body), headers=headers | {"Content-Encoding": "gzip"}
    )
    for answer in (announced, unannounced, packed):
        assert (answer.status_code, answer.json()["title"]) == (413, "Too large")


def test_a_packed_body_is_read(edge: Edge) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    body = gzip.compress(b'{"name": "a b"}')
    answer = edge.admin.http.post("/api/v1/teams", content=body, headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "name")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b'{"name": null}',
        b'{"name": 1}',
        b'{"name": ["x"]}',
        b'{"name": "\\ud800"}',
        b"\xff\xfe",
        b"[" * 20_000,
        b'{"name": ' + b"1" * 5_000 + b"}",
        b'{"name": "x", "name\\u0000": 1}',
    ],
)
def test_what_is_no_such_body_is_refused_as_a_problem(edge: Edge, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = edge.admin.http.post("/api/v1/teams", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "segment", ["%00", "%0d%0aSet-Cookie:%20x=1", "..%2f..", "%ff", "x" * 3000, "é", "'%22$ne"]
)
def test_a_strange_name_is_not_found(edge: Edge, segment: str) -> None:
    for path in (f"/api/v1/teams/{segment}", f"/api/v1/users/{segment}"):
        answer = edge.admin.http.get(path)
        assert answer.status_code == 404
        assert "set-cookie" not in answer.headers
    exported = edge.admin.http.get(f"/api/v1/teams/{segment}/audit/export")
    assert exported.status_code in (200, 404)
    assert "set-cookie" not in exported.headers
