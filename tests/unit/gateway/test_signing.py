"""A signed URL opens one object, one way, for a while."""

from __future__ import annotations

import base64
import string
import time
from dataclasses import dataclass
from urllib.parse import unquote, urlparse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import signing
from gateway.signing import DOWNLOAD_S, UPLOAD_S, Signer
from shared.errors import Forbidden

BASE = "https://cordee.example"
SIGNER = Signer(b"k" * 32, BASE)


@dataclass
class Shifted:
    """The time, so many seconds from now."""

    by: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.by


def token(method: signing.Method = "GET", name: str = "a/b.txt", signer: Signer = SIGNER) -> str:
    return urlparse(signer.url(method, "run1", name, "runs/run1/abc")).path.split("/")[3]


class TestRead:
    @pytest.mark.parametrize(
        "text", ["", ".", "a", "a.b", "....", "é.é", "a.b.c", "%00", " ", "=.=", "A" * 10_000]
    )
    def test_what_never_was_a_link_is_refused(self, text: str) -> None:
        with pytest.raises(Forbidden):
            SIGNER.read(text, "GET")

    @pytest.mark.parametrize(
        ("made_for", "used_for"),
        [
            ("GET", "PUT"),
            ("GET", "DELETE"),
            ("GET", "get"),
            ("PUT", "GET"),
            ("PUT", "HEAD"),
            ("PUT", "POST"),
        ],
    )
    def test_another_method_is_refused(self, made_for: signing.Method, used_for: str) -> None:
        with pytest.raises(Forbidden):
            SIGNER.read(token(made_for), used_for)

    def test_every_changed_character_is_refused(self) -> None:
        text = token()
        letters = string.ascii_letters + string.digits + "-_.="
        changes = [
            text[:at] + other + text[at + 1 :]
            for at in range(len(text))
            for other in (letters if at == len(text) - 1 else "A_.")
            if other != text[at]
        ]
        for changed in changes:
            with pytest.raises(Forbidden):
                SIGNER.read(changed, "GET")

    @given(st.text(max_size=80))
    def test_any_text_is_refused_by_name(self, text: str) -> None:
        with pytest.raises(Forbidden):
            SIGNER.read(text, "GET")

    def test_a_shortened_or_lengthened_one_is_refused(self) -> None:
        text = token()
        for changed in (
            text[:-1],
            text[1:],
            text + "A",
            "A" + text,
            text + ".",
            text.split(".")[0],
        ):
            with pytest.raises(Forbidden):
                SIGNER.read(changed, "GET")

    def test_the_signature_of_another_object_is_refused(self) -> None:
        body, _, _ = token(name="a/b.txt").partition(".")
        _, _, signature = token(name="secret.txt").partition(".")
        with pytest.raises(Forbidden):
            SIGNER.read(f"{body}.{signature}", "GET")

    def test_one_of_another_server_is_refused(self) -> None:
        with pytest.raises(Forbidden, match="not made by this server"):
            SIGNER.read(token(signer=Signer(b"other" * 8, BASE)), "GET")

    @pytest.mark.parametrize(("method", "valid"), [("GET", DOWNLOAD_S), ("PUT", UPLOAD_S)])
    def test_one_that_has_expired_is_refused(self, method: signing.Method, valid: int) -> None:
        clock = Shifted()
        signer = Signer(b"k" * 32, BASE, clock)
        text = token(method, signer=signer)
        clock.by = valid - 61
        assert signer.read(text, method)
        clock.by = valid + 1
        with pytest.raises(Forbidden, match="expired"):
            signer.read(text, method)

    def test_a_good_one_tells_what_it_opens(self) -> None:
        ticket = SIGNER.read(token("PUT"), "PUT")
        assert (ticket.run_id, ticket.name, ticket.blob) == ("run1", "a/b.txt", "runs/run1/abc")

    def test_what_may_be_got_may_be_asked_about(self) -> None:
        assert SIGNER.read(token("GET"), "HEAD").name == "a/b.txt"


class TestUrl:
    @pytest.mark.parametrize("name", ["a b.txt", "a/../b", "é😀", "?x=1#y", "%2e%2e/", "a\\b"])
    def test_any_name_makes_one_path_segment(self, name: str) -> None:
        url = urlparse(SIGNER.url("GET", "run1", name, "blob"))
        assert url.path.count("/") == 4
        assert unquote(url.path.split("/")[4]) == name
        assert not url.query
        assert not url.fragment

    def test_asked_for_twice_it_is_the_same_within_its_minute(self) -> None:
        clock = Shifted()
        clock.by = 30 - time.time() % 60
        signer = Signer(b"k" * 32, BASE, clock)
        assert token(signer=signer) == token(signer=signer)

    def test_it_holds_nothing_of_the_key(self) -> None:
        body, _, signature = token().partition(".")
        for part in (body, signature):
            assert b"kkkk" not in base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
