"""Large files that a client uploads in parts, small ones in truth; for every blob store."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import httpx

from tests.handmade_artifacts import Hand, contents_of, hex_md5, whole_manifest

PART = 5 * 1024**2
"""The least that a bucket takes for a part that is not the last."""


def a_large_file() -> list[bytes]:
    """Its parts."""
    return [os.urandom(PART), os.urandom(PART), os.urandom(1000)]


def put(node: Any, number: int, data: bytes) -> httpx.Response:
    """One part to where it is to go, as the SDK does."""
    url = node["uploadMultipartUrls"]["uploadUrlParts"][number - 1]["uploadUrl"]
    return httpx.put(url, content=data, timeout=30)


def etags(parts: Sequence[bytes]) -> list[tuple[int, str]]:
    """What completes them."""
    return [(n, f'"{hex_md5(part)}"') for n, part in enumerate(parts, start=1)]


def goes_up_in_parts(hand: Hand) -> None:
    """Parts in any order, each as often as one likes; only all of them make the file."""
    parts = a_large_file()
    files = {"big.bin": b"".join(parts)}
    version = hand.begin("large", contents_of(files))
    node = hand.announce_parts(version, "big.bin", parts)
    assert node["uploadUrl"]
    for number in (3, 1):
        assert put(node, number, parts[number - 1]).headers["ETag"] == etags(parts)[number - 1][1]
    refused(hand.complete(node, etags(parts)), "part 2 was not uploaded")
    said_wrong(hand, node, etags(parts))
    again = hand.announce_parts(version, "big.bin", parts)
    assert again["uploadMultipartUrls"]["uploadID"] == node["uploadMultipartUrls"]["uploadID"]
    assert put(again, 1, parts[0]).is_success
    hand.manifest(version, whole_manifest(contents_of(files)))
    refused(hand.commit(version), "big.bin")
    assert put(again, 2, parts[1]).is_success
    for _ in range(2):
        assert "errors" not in hand.complete(node, etags(parts)).json()
    assert hand.announce_parts(version, "big.bin", parts)["uploadUrl"] is None
    assert hand.commit(version).status_code == 200
    put(node, 1, parts[0][::-1])  # its link is good still, and leads to nothing
    assert httpx.get(link_of(hand, version), timeout=30).content == files["big.bin"]
    other = hand.begin("another", contents_of({"same.bin": files["big.bin"]}))
    assert hand.announce_parts(other, "same.bin", parts)["uploadUrl"] is None


def said_wrong(hand: Hand, node: Any, right: list[tuple[int, str]]) -> None:
    """Each mistake is told by the part that it is about."""
    first, second, third = right
    refused(hand.complete(node, [first, second, second, third]), "part 2 is there twice")
    refused(hand.complete(node, [first, third, second]), "part 2 comes after part 3")
    refused(hand.complete(node, [first, third]), "part 2 is missing")
    refused(hand.complete(node, [*right, (4, first[1])]), "part 4 was not announced")
    refused(hand.complete(node, [second, second, third]), "part 2 is there twice")
    refused(hand.complete(node, [first, (2, third[1]), third]), "part 2 has another ETag")
    foreign = {**node, "uploadMultipartUrls": {"uploadID": "another"}}
    refused(hand.complete(foreign, right), "no such upload")


def is_not_what_was_announced(hand: Hand) -> None:
    """Parts that are right, of a whole that is not; and numbers that leave one out."""
    parts = [b"what it is"]
    version = hand.begin("forged", contents_of({"f": b"what it is said to be"}))
    said = contents_of({"f": b"what it is said to be"})["f"]["digest"]
    node = hand.announce_parts(version, "f", parts, md5=said)
    assert put(node, 1, parts[0]).is_success
    refused(hand.complete(node, etags(parts)), "another MD5")
    hand.manifest(version, whole_manifest(contents_of({"f": b"what it is said to be"})))
    refused(hand.commit(version), "'f'")
    other = hand.begin("counted", contents_of({"f": b"x"}))
    for number, md5 in ((2, hex_md5(b"x")), (1, "no MD5")):
        given = [{"partNumber": number, "hexMD5": md5}]
        refused(hand.announce_parts(other, "f", [b"x"], uploadPartsInput=given), "uploadPartsInput")
    others = hand.announce_parts(version, "f", [b"what", b" it is"], md5=said)
    refused(others, "other parts", status=409)


def is_given_up(hand: Hand) -> None:
    """After that there is no such upload, and the next begins anew."""
    parts = a_large_file()
    version = hand.begin("given-up", contents_of({"f": b"".join(parts)}))
    node = hand.announce_parts(version, "f", parts)
    assert put(node, 1, parts[0]).is_success
    assert "errors" not in hand.complete(node, [], "Abort").json()
    refused(hand.complete(node, etags(parts)), "no such upload")
    anew = hand.announce_parts(version, "f", parts)
    assert anew["uploadMultipartUrls"]["uploadID"] != node["uploadMultipartUrls"]["uploadID"]
    refused(hand.complete(anew, etags(parts)), "part 1 was not uploaded")


def link_of(hand: Hand, version: str) -> str:
    """Where its only file is read."""
    query = "query($id: ID!) { artifact(id: $id) { files { edges { node { directUrl } } } } }"
    (edge,) = hand.data(query, id=version)["artifact"]["files"]["edges"]
    return str(edge["node"]["directUrl"])


def refused(answer: httpx.Response, why: str, status: int = 422) -> None:
    """As the caller's mistake, which is named."""
    assert answer.status_code == status, answer.text
    assert why in answer.json()["errors"][0]["message"]
