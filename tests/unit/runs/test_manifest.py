"""Manifests: what a hostile one can say, and that none of it is ever served."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runs.domain import manifest
from shared.errors import Invalid, TooLarge

MD5 = base64.b64encode(hashlib.md5(b"x", usedforsecurity=False).digest()).decode()


def text(contents: Any, **more: Any) -> bytes:
    return json.dumps({"version": 1, "contents": contents, **more}).encode()


def entry(**more: Any) -> dict[str, Any]:
    return {"digest": MD5, "size": 1, **more}


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        [
            "",
            "/etc/passwd",
            "../up",
            "a/../../up",
            "a/..",
            "..",
            ".",
            "./a",
            "a//b",
            "a/",
            "C:/windows",
            "C:evil",
            "\\\\host\\share",
            "..\\up",
            "a\\..\\up",
            "new\nline",
            "nul\x00",
            "x" * 5_000,
            "\ud800",
        ],
    )
    def test_what_leads_elsewhere_is_refused(self, path: str) -> None:
        with pytest.raises(Invalid):
            manifest.read(text({path: entry()}))

    @pytest.mark.parametrize("path", ["a", "a/b.txt", "with blank & ü 100%.txt", "a.b/..c", "~x"])
    def test_ordinary_ones_stay(self, path: str) -> None:
        assert list(manifest.read(text({path: entry()}))) == [path]

    def test_no_file_stands_where_another_needs_a_folder(self) -> None:
        with pytest.raises(Invalid, match="lies below"):
            manifest.read(text({"a": entry(), "a/b": entry()}))

    @given(st.text(max_size=40))
    def test_whatever_is_accepted_stays_below_its_folder(self, path: str) -> None:
        try:
            manifest.checked_path(path)
        except Invalid:
            return
        parts = path.replace("\\", "/").split("/")
        assert not path.startswith(("/", "\\"))
        assert all(part not in ("", ".", "..") for part in parts)


class TestEntries:
    @pytest.mark.parametrize(
        "bad",
        [
            entry(size=-1),
            entry(size=1.5),
            entry(size=True),
            entry(size="1"),
            entry(size=2**63),
            entry(digest=""),
            entry(digest="not base64!"),
            entry(digest="YWJj"),
            entry(digest=7),
            entry(birthArtifactID=7),
            entry(extra="x"),
            entry(extra={"x": "y" * 70_000}),
            entry(ref=7),
            entry(ref="s3://b/\ud800"),
            entry(ref="s3://b/x", digest="\ud800"),
            entry(ref="javascript:alert(1)"),
            entry(ref="javascript://x"),
            entry(ref="data://text/html,x"),
            entry(ref="/etc/passwd"),
            entry(ref="s3://b/\nx"),
            "text",
            None,
        ],
    )
    def test_what_makes_no_sense_is_refused(self, bad: Any) -> None:
        with pytest.raises(Invalid):
            manifest.read(text({"a": bad}))

    @pytest.mark.parametrize(
        "ref", ["s3://b/k?versionId=1", "gs://b/k", "https://x/y", "file:///d", "hdfs://h/x",
                "wandb-artifact://4172/x"]
    )  # fmt: skip
    def test_references_keep_their_own_digest(self, ref: str) -> None:
        found = manifest.read(text({"a": entry(ref=ref, digest="etag-1")}))["a"]
        assert (found.ref, found.digest) == (ref, "etag-1")

    @pytest.mark.parametrize(
        "body",
        [b"", b"[]", b"{}", b'{"version":2,"contents":{}}', b'{"version":1}', b"\xff", b"[" * 9999],
    )
    def test_other_texts_are_refused(self, body: bytes) -> None:
        with pytest.raises(Invalid):
            manifest.read(body)

    def test_too_large(self) -> None:
        with pytest.raises(TooLarge):
            manifest.read(b" " * (manifest.MOST_BYTES + 1))


class TestServing:
    def test_only_what_was_understood_is_served(self) -> None:
        given_text = text(
            {
                "a": entry(
                    local_path="/home/me/.ssh/id_rsa", skip_cache=True, evil=1, extra={"k": 1}
                )
            },
            storagePolicyConfig={"storageRegion": "http://evil"},
        )
        served = json.loads(manifest.write(manifest.read(given_text).values()))
        assert served["contents"] == {"a": {"digest": MD5, "size": 1, "extra": {"k": 1}}}
        assert served["storagePolicyConfig"] == {"storageLayout": "V2"}

    def test_the_digest_is_the_clients(self) -> None:
        """The value that wandb 0.31 computes for the same two entries."""
        found = manifest.read(text({"b": entry(), "a": entry()}))
        wanted = f"wandb-artifact-manifest-v1\na:{MD5}\nb:{MD5}\n".encode()
        assert manifest.digest(found) == hashlib.md5(wanted, usedforsecurity=False).hexdigest()
