"""Where the databases, the streams and the blobs of an installation are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.backup.catalogue import Damaged
from shared.embedded.environment import mongo_urls_from
from shared.embedded.installation import Installation
from shared.embedded.secrets import DATABASES


@dataclass(frozen=True)
class Places:
    """`seeds` is the folder of the NATS users' seeds."""

    mongo_urls: Mapping[str, str]
    nats_url: str
    seeds: Path
    blob_url: str
    secrets: Path


def of_running(data_dir: Path, environment: Mapping[str, str]) -> Places:
    """An installation that runs on this data dir; servers of its own or named in the environment.

    Raises Damaged where nothing was ever started.
    """
    secrets = data_dir / "secrets"
    if not secrets.is_dir():
        raise Damaged(f"{data_dir} is no data dir of a Cordée: name it with --data-dir.")
    given = environment.get("CORDEE_MONGO_URL")
    if given:
        urls = mongo_urls_from(given)
    else:
        urls = {
            service: (secrets / f"mongo_url_{service}").read_text(encoding="utf-8").strip()
            for service in DATABASES
        }
    port = Installation.load(data_dir / "installation.json").ports.get("nats")
    return Places(
        mongo_urls=urls,
        nats_url=environment.get("CORDEE_NATS_URL") or f"nats://127.0.0.1:{port}",
        seeds=secrets,
        blob_url=environment.get("CORDEE_BLOB_URL") or (data_dir / "blobs").as_uri(),
        secrets=secrets,
    )
