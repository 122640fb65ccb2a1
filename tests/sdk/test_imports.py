"""`cordee import` and `cordee export`: what comes in is what was there, to the letter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.cordee import Cordee
from tests.sdk.command import Command
from tests.sdk.imported import ROWS, a_project, everything
from tests.sdk.machine import User
from tests.sdk.wire import Wire

pytestmark = pytest.mark.sdk


class Kept:
    """The project as its owner sees it, and the server that it is on."""

    def __init__(self, cordee: Cordee, owner: User) -> None:
        self.cordee, self.owner = cordee, owner
        self.wire = Wire(cordee.url, owner)
        a_project(self.wire, "kept")
        self.everything = everything(self.wire, owner.username, "kept")

    def importing(self, by: User) -> Callable[..., str]:
        """`cordee import wandb` of it, by somebody else and into their own entity."""
        command = Command(self.cordee, by, CORDEE_IMPORT_API_KEY=self.owner.api_key)
        what = f"{self.owner.username}/kept"
        return lambda *more, **said: command(
            "import", "wandb", what, "--from", self.cordee.url, *more, **said
        )

    def seen_by(self, user: User, project: str = "kept") -> dict[str, Any]:
        return everything(Wire(self.cordee.url, user), user.username, project)


@pytest.fixture(scope="module")
def kept(cordee: Cordee, a_user: Callable[[], User]) -> Kept:
    return Kept(cordee, a_user())


class TestFromAnotherServer:
    def test_everything_is_kept_and_nothing_comes_twice(
        self, kept: Kept, a_user: Callable[[], User]
    ) -> None:
        somebody = a_user()
        bring = kept.importing(somebody)
        said = bring()
        assert "Imported 2 runs and 2 versions of artifacts; 0 and 0 were there already" in said
        assert "left: kept/waiting is pending" in said
        assert kept.seen_by(somebody) == kept.everything
        assert "Imported 0 runs and 0 versions of artifacts; 2 and 2 were there already" in bring()
        assert kept.seen_by(somebody) == kept.everything
        version = Wire(kept.cordee.url, somebody).rest(
            "GET", f"/artifacts/{somebody.username}/kept/data/best"
        )
        assert (version.json()["version"], version.json()["logged_by"]["name"]) == ("v1", "first")

    def test_whose_it_was_and_where_it_was_is_told(
        self, kept: Kept, a_user: Callable[[], User]
    ) -> None:
        somebody = a_user()
        kept.importing(somebody)("--to", f"{somebody.username}/elsewhere", "--no-artifacts")
        wire = Wire(kept.cordee.url, somebody)
        run = wire.rest("GET", f"/runs/{somebody.username}/elsewhere/first").json()
        source = f"{kept.cordee.url}/{kept.owner.username}/kept/runs/first"
        assert run["origin"] == source
        assert run["username"] == somebody.username
        assert f"Logged by {kept.owner.username} at {source}" in run["attribution_note"]

    def test_a_run_of_the_same_name_is_not_touched(
        self, kept: Kept, a_user: Callable[[], User]
    ) -> None:
        somebody = a_user()
        wire = Wire(kept.cordee.url, somebody)
        wire.finish(wire.a_run("kept", "first", notes="mine"))
        command = Command(kept.cordee, somebody, CORDEE_IMPORT_API_KEY=kept.owner.api_key)
        what = (f"{kept.owner.username}/kept", "--from", kept.cordee.url)
        assert "Imported 1 runs" in command("import", "wandb", *what, exits=1)
        assert wire.rest("GET", f"/runs/{somebody.username}/kept/first").json()["notes"] == "mine"

    def test_strangers_are_told_nothing_and_members_may_not(
        self, kept: Kept, a_user: Callable[[], User]
    ) -> None:
        bring = kept.importing(a_user())
        refused = bring("--to", kept.owner.username, exits=1)
        assert "Imported 0 runs and 0 versions" in refused
        locked = Command(kept.cordee, a_user(), CORDEE_IMPORT_API_KEY=a_user().api_key)
        what = f"{kept.owner.username}/kept"
        said = locked("import", "wandb", what, "--from", kept.cordee.url, exits=2)
        assert f"no project {what} to be seen" in said


class TestBundles:
    def test_a_signed_bundle_goes_out_and_comes_back(
        self, kept: Kept, a_user: Callable[[], User], tmp_path: Path
    ) -> None:
        folder, somebody = tmp_path / "bundle", a_user()
        key, other = a_key(tmp_path / "ours"), a_key(tmp_path / "other")
        what = f"{kept.owner.username}/kept"
        out = Command(kept.cordee, kept.owner)
        said = out("export", what, str(folder), "--sign", f"{key}.pem")
        assert "Exported 2 runs and 2 versions" in said
        assert "Exported 0 runs" in out("export", what, str(folder), "--sign", f"{key}.pem")
        into = Command(kept.cordee, somebody)
        refused = into("import", "bundle", str(folder), "--trust", f"{other}.pub", exits=2)
        assert "is not signed by the key" in refused
        said = into("import", "bundle", str(folder), "--trust", f"{key}.pub")
        assert "Imported 2 runs and 2 versions" in said
        assert kept.seen_by(somebody) == kept.everything

        tables = [pq.read_table(path) for path in folder.glob("projects/*/runs/*/history.parquet")]
        longest = max(tables, key=lambda table: table.num_rows)
        assert longest.column("_step").to_pylist() == [0, 1, 7, 900000]
        assert longest.column("_line").to_pylist() == ROWS

        blob = next(folder.glob("blobs/*/*"))
        blob.write_bytes(blob.read_bytes()[::-1] + b"!")
        damaged = into("import", "bundle", str(folder), exits=2)
        assert f"{blob.relative_to(folder)} is not what was written" in damaged
        blob.unlink()
        assert "is missing" in into("import", "bundle", str(folder), exits=2)


def a_key(stem: Path) -> Path:
    """A pair of keys in `stem`.pem and `stem`.pub."""
    key = Ed25519PrivateKey.generate()
    pem = Encoding.PEM
    secret = key.private_bytes(pem, PrivateFormat.PKCS8, NoEncryption())
    stem.with_suffix(".pem").write_bytes(secret)
    public = key.public_key().public_bytes(pem, PublicFormat.SubjectPublicKeyInfo)
    stem.with_suffix(".pub").write_bytes(public)
    return stem
