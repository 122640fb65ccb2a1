"""Links to put one file of an artifact; and what a link is to the letter: old ones go on."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import urlparse

import msgspec
import pytest

from gateway.signing import DOWNLOAD_S, UPLOAD_S, Signer, Ticket, Upload
from shared.errors import Forbidden

KEY = b"k" * 32
BASE = "https://cordee.example"
NOON = 1_767_268_800


@dataclass
class Clock:
    """Stands where it is put."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def signer(clock: Clock) -> Signer:
    return Signer(KEY, BASE, clock)


def signed(body: str, purpose: bytes) -> str:
    code = hmac.new(KEY, purpose + body.encode(), hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(code).decode().rstrip("=")


def upload(
    signer: Signer, blob: str = "artifacts/a/b", md5: str = "rL0Y20zC+Fzt72VPzMSk2A=="
) -> str:
    url = signer.upload_url(Upload(blob, md5, signer.until(60)))
    assert url.startswith(f"{BASE}/files/artifacts/")
    return url.rpartition("/")[2]


class TestUploads:
    @pytest.mark.parametrize("length", range(12))
    def test_a_good_one_tells_what_may_be_put(self, signer: Signer, length: int) -> None:
        found = signer.read_upload(upload(signer, "x" * length))
        assert found == Upload("x" * length, "rL0Y20zC+Fzt72VPzMSk2A==", NOON + 60)

    @pytest.mark.parametrize("text", ["", ".", "a.b", "é.é", "A" * 10_000, "a.b.c", "\ud800.x"])
    def test_what_never_was_one_is_refused(self, signer: Signer, text: str) -> None:
        with pytest.raises(Forbidden, match="not made by this server"):
            signer.read_upload(text)

    def test_every_changed_character_is_refused(self, signer: Signer) -> None:
        good = upload(signer)
        for at, letter in enumerate(good):
            changed = good[:at] + ("A" if letter != "A" else "B") + good[at + 1 :]
            with pytest.raises(Forbidden):
                signer.read_upload(changed)

    def test_it_counts_to_its_last_second_and_no_longer(self, signer: Signer, clock: Clock) -> None:
        token = upload(signer)
        clock.now = NOON + 60
        assert signer.read_upload(token).until == NOON + 60
        clock.now += 0.5
        with pytest.raises(Forbidden, match="expired"):
            signer.read_upload(token)

    def test_a_link_of_one_kind_is_none_of_the_other(self, signer: Signer) -> None:
        with pytest.raises(Forbidden):
            signer.read(upload(signer), "PUT")
        blob = urlparse(signer.url("PUT", "run", "name", "blob")).path.split("/")[3]
        with pytest.raises(Forbidden):
            signer.read_upload(blob)


class TestToTheLetter:
    """Links that were given out before an upgrade are used after it."""

    def test_of_a_file(self, signer: Signer) -> None:
        found = urlparse(signer.url("GET", "run1", "a b.txt", "runs/x"))
        _, files, blobs, token, name = found.path.split("/")
        assert (files, blobs, name) == ("files", "blobs", "a%20b.txt")
        body, _, signature = token.partition(".")
        assert signature == signed(body, b"blob-url")
        packed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        told = ["GET", "run1", "a b.txt", "runs/x", NOON + 3600]
        assert msgspec.msgpack.decode(packed) == told

    def test_of_an_upload(self, signer: Signer) -> None:
        body, _, signature = upload(signer).partition(".")
        assert signature == signed(body, b"artifact")
        assert "=" not in body + signature
        packed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
        told = ["artifacts/a/b", "rL0Y20zC+Fzt72VPzMSk2A==", NOON + 60]
        assert msgspec.msgpack.decode(packed) == told

    def test_of_a_page_that_is_shown_on_its_own(self, signer: Signer) -> None:
        url = signer.frame_url("run1", "a\nb", "runs/x")
        assert urlparse(url).path.startswith("/files/frames/")
        assert url.endswith("/a_b")
        token = urlparse(url).path.split("/")[3]
        assert signer.read(token, "GET") == Ticket("GET", "run1", "a\nb", "runs/x", NOON + 3600)
        with pytest.raises(Forbidden):
            signer.read(token, "PUT")


def test_a_download_counts_for_an_hour_and_an_upload_for_a_day(signer: Signer) -> None:
    assert (DOWNLOAD_S, UPLOAD_S) == (3_600, 86_400)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_file_s_link_counts_to_its_last_second(signer: Signer, clock: Clock, method: str) -> None:
    token = urlparse(signer.url(method, "run", "name", "blob")).path.split("/")[3]  # type: ignore[arg-type]
    clock.now += DOWNLOAD_S if method == "GET" else UPLOAD_S
    assert signer.read(token, method).blob == "blob"
    clock.now += 0.5
    with pytest.raises(Forbidden, match="expired"):
        signer.read(token, method)


def test_a_moment_is_told_in_whole_seconds(signer: Signer, clock: Clock) -> None:
    clock.now += 0.75
    assert signer.until(60.5) == NOON + 61


@pytest.mark.parametrize("opened", [Ticket("GET", "r", "n", "b", 1), Upload("b", "m", 1)])
def test_what_a_link_opens_cannot_be_changed(opened: Ticket | Upload) -> None:
    with pytest.raises(AttributeError):
        opened.blob = "other"  # type: ignore[misc]
