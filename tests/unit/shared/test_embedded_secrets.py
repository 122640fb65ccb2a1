"""Secrets of a data dir: made once, private, and never made anew in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.embedded.failures import CannotStart
from shared.embedded.private_file import write_private
from shared.embedded.secrets import KEYS, MONGO_KEYFILE, Secrets

USERS = ("identity", "gateway")


@pytest.fixture
def made(tmp_path: Path) -> Secrets:
    secrets = Secrets(tmp_path)
    secrets.ensure(USERS, fresh=True)
    return secrets


def test_a_lost_secret_is_refused_instead_of_replaced(made: Secrets) -> None:
    made.path("key_pepper").unlink()
    with pytest.raises(CannotStart, match=r"key_pepper missing from .* restore"):
        made.ensure(USERS, fresh=False)
    assert not made.path("key_pepper").exists()


def test_a_first_start_that_was_cut_short_keeps_what_it_made(made: Secrets) -> None:
    kept = made.read("session_key")
    made.path("url_signing_key").unlink()
    made.ensure(USERS, fresh=True)
    assert made.read("session_key") == kept
    assert made.read("url_signing_key")


def test_keys_are_32_random_bytes(made: Secrets) -> None:
    keys = [made.read(name) for name in KEYS]
    assert {len(bytes.fromhex(key)) for key in keys} == {32}
    assert len(set(keys)) == len(keys)


def test_every_file_is_for_its_owner_alone(made: Secrets, tmp_path: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_the_key_file_is_what_mongod_accepts(made: Secrets) -> None:
    assert 6 <= len(made.read(MONGO_KEYFILE)) <= 1024


def test_a_nats_user_has_a_seed_and_a_public_key(made: Secrets) -> None:
    assert made.nkey_file("gateway").read_text(encoding="utf-8").startswith("SU")
    assert made.nkey_public("gateway").startswith("U")


def test_writing_again_replaces_whole_files_and_mends_their_mode(tmp_path: Path) -> None:
    draft = tmp_path / ".it.new"
    draft.write_text("left by a crash, and longer than what comes", encoding="utf-8")
    draft.chmod(0o644)
    write_private(tmp_path / "it", "new")
    assert (tmp_path / "it").read_text(encoding="utf-8") == "new"
    assert (tmp_path / "it").stat().st_mode & 0o777 == 0o600
    assert not draft.exists()
