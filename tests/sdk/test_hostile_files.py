"""File names of every kind, conditional downloads, and links that are good for one thing only."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cordee import Cordee
from tests.sdk.machine import User
from tests.sdk.wire import CREATE_FILES, Wire

pytestmark = pytest.mark.sdk

REFUSED = [
    *("", "./", "/", "/etc/passwd", "//x", "\\x", "\\\\server\\share", "C:\\x", "c:x", "Z:/x"),
    *("..", "../x", "../../x", "a/../../x", "a/..", "a/b/../../../x", "./../x", "./..", "..\\x"),
    *("a\\..\\b", ".\\..\\x", "a/../b", ".//etc/passwd", "./C:/x", "\x00", "a\x00", "\x00/../x"),
    *(f"{'a/' * depth}../{'../' * depth}x" for depth in range(1, 21)),
    *("x" * size for size in (4_097, 10_000, 100_000)),
    *("é" * 2_049, "../" * 500 + "etc/passwd", "..\\" * 500),
]
TAKEN = [
    *(
        "a",
        "...",
        "..a",
        "a..",
        "a..b",
        ".hidden",
        "a b",
        " a ",
        "é😀",
        "日本/語.txt",
        "~/x",
        "~root",
    ),
    *("run:1", "$HOME", "${x}", "`id`", "$(id)", "; rm -rf x", "| cat", "&& true", "-rf", "--help"),
    *("%2e%2e/x", "%2e%2e%2fx", "%00", "%", "100%", "%zz", "a%20b", "a?b", "a#b", "a&b=c", "a+b"),
    *(
        "<script>alert(1)</script>",
        '"quoted"',
        "'quoted'",
        "a\nb",
        "a\rb",
        "a\tb",
        "\x7f",
        "\x1b[31m",
    ),
    *("a//b", "a/./b", "a/b/", "wandb/.//x", "CON", "NUL.txt", "aux", "ab:c:d", "a*b", "a|b", "{}"),
    *("{{7*7}}", "' OR 1=1 --", '{"$gt": ""}', "$where", "a.b.c", "_id", "\u202egnp.exe", "ﬀ"),
    *("\ufeffx", "a\u0000b".replace("\0", "\u2400"), "x" * 4_096, "é" * 2_048, "a/" * 2_000 + "x"),
    *("media/images/x.png", "wandb-metadata.json", "incoming/x", "runs/x/y", "history/x.parquet"),
]


@pytest.fixture
def wire(cordee: Cordee, user: User) -> Wire:
    found = Wire(cordee.url, user)
    found.a_run("demo", "r1")
    return found


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """Somebody without credentials."""
    with httpx.Client(trust_env=False, timeout=30) as client:
        yield client


def announced(wire: Wire, *names: str) -> httpx.Response:
    given = {"entityName": wire.user.username, "projectName": "demo", "runName": "r1"}
    return wire.graphql(CREATE_FILES, input={**given, "files": list(names)})


def upload_urls(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    files: list[Any] = answer.json()["data"]["createRunFiles"]["files"]
    return [file["uploadUrl"] for file in files]


def links(wire: Wire, *names: str) -> list[str]:
    document = """query($e: String, $n: [String]) { project(name: "demo", entityName: $e) {
      run(name: "r1") { files(names: $n, first: 500) { edges { node { name directUrl } } } } } }"""
    found = wire.data(document, e=wire.user.username, n=list(names))
    edges = found["project"]["run"]["files"]["edges"]
    by_name = {edge["node"]["name"]: edge["node"]["directUrl"] for edge in edges}
    return [by_name[name] for name in names]


class TestNames:
    def test_one_that_leads_out_is_refused_by_name(self, wire: Wire) -> None:
        for name in REFUSED:
            answer = announced(wire, name)
            assert answer.status_code == 422, (name, answer.text)
            assert "files: " in answer.json()["errors"][0]["message"]

    def test_any_other_is_data_and_comes_back(
        self, wire: Wire, http: httpx.Client, cordee: Cordee
    ) -> None:
        assert len(REFUSED) + len(TAKEN) >= 120
        blobs = cordee.data_dir / "blobs"
        before = set(outside(cordee.data_dir, blobs))
        for url, name in zip(upload_urls(announced(wire, *TAKEN)), TAKEN, strict=True):
            assert http.put(url, content=name.encode()).status_code == 200, name
        for url, name in zip(links(wire, *TAKEN), TAKEN, strict=True):
            assert http.get(url).content == name.encode(), name
        assert set(outside(cordee.data_dir, blobs)) == before
        ours = {"runs", "incoming", "history", "artifacts"}
        assert {path.name for path in blobs.iterdir()} <= ours

    def test_huge_counts_are_refused_by_their_number(self, wire: Wire) -> None:
        answer = announced(wire, *(f"f{n}" for n in range(10_001)))
        assert answer.status_code == 422
        assert "10000" in answer.json()["errors"][0]["message"]


def outside(data_dir: Path, blobs: Path) -> Iterator[str]:
    """What is beside the blobs: folders, and files that are not the servers' own."""
    for path in itertools.chain(data_dir.iterdir(), data_dir.parent.iterdir()):
        if path != blobs:
            yield str(path)


class TestDownloads:
    def test_only_what_is_new_and_only_the_part_that_is_asked_for(
        self, wire: Wire, http: httpx.Client
    ) -> None:
        [url] = upload_urls(announced(wire, "x.bin"))
        http.put(url, content=b"0123456789")
        [link] = links(wire, "x.bin")
        tag = http.get(link).headers["ETag"]
        assert http.get(link, headers={"If-None-Match": tag}).status_code == 304
        assert http.get(link, headers={"If-None-Match": f'"other", W/{tag}'}).status_code == 304
        part = http.get(link, headers={"Range": "bytes=2-4", "If-Range": tag})
        assert (part.status_code, part.content) == (206, b"234")
        assert http.get(link, headers={"Range": "bytes=-3"}).content == b"789"
        assert http.get(link, headers={"Range": "bytes=99-"}).status_code == 416

        http.put(url, content=b"abc")
        assert http.get(link, headers={"If-None-Match": tag}).content == b"abc"
        whole = http.get(link, headers={"Range": "bytes=0-0", "If-Range": tag})
        assert (whole.status_code, whole.content) == (200, b"abc")

    def test_a_link_is_good_for_one_file_and_one_deed(self, wire: Wire, http: httpx.Client) -> None:
        up, other = upload_urls(announced(wire, "x", "y"))
        http.put(up, content=b"x")
        [down] = links(wire, "x")
        assert http.get(up).status_code == 403
        assert http.put(down, content=b"evil").status_code == 403
        token, foreign = (url.split("/files/blobs/")[1].split("/")[0] for url in (up, other))
        body, sign = token.split(".")[0], foreign.split(".")[1]
        assert http.put(up.replace(token, f"{body}.{sign}"), content=b"evil").status_code == 403
        assert http.get(down).content == b"x"
