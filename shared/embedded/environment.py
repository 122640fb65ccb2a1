"""What each process is told through its environment: what it needs, and no other's secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from shared.embedded.data_dir import DataDir
from shared.embedded.secrets import DATABASES, Secrets

KEYS_OF: dict[str, tuple[str, ...]] = {
    "identity": ("key_pepper", "session_key", "encryption_key"),
    "runs": ("url_signing_key",),
    "alerts": ("encryption_key",),
    "gateway": ("key_pepper", "url_signing_key", "session_key"),
}
"""Which keys each process gets, as `CORDEE_<KEY>_FILE`."""

KEEPS_BLOBS = ("gateway", "runs")

_OURS = (
    "CORDEE_NATS_",
    "CORDEE_MONGO_URL",
    *(f"CORDEE_{key.upper()}" for keys in KEYS_OF.values() for key in keys),
)
"""Said by us alone: what the parent has under these names never passes."""

_CONFINED: dict[str, tuple[str, ...]] = {
    "CORDEE_ADMIN_": ("identity",),
    "CORDEE_SMTP_": ("identity", "alerts"),
    "CORDEE_OIDC_": ("identity",),
    "AWS_": KEEPS_BLOBS,
    "AZURE_": KEEPS_BLOBS,
    "GOOGLE_": KEEPS_BLOBS,
}
"""Names in the parent's environment that hold secrets, and who may see them."""

MALLOC = {"MALLOC_ARENA_MAX": "2"}
"""glibc keeps what is freed apart for each of many threads: a sixth of the gateway's memory while
5 GB go through it. Read when a program begins, so it has to be in its environment by then."""

_FOR_SERVERS = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "GLIBC_TUNABLES")


@dataclass(frozen=True)
class Addresses:
    """Where everything is reached."""

    host: str
    port: int
    public_url: str
    blob_url: str
    nats_url: str
    mongo_urls: Mapping[str, str]
    embedded_nats: bool


def for_server(parent: Mapping[str, str]) -> dict[str, str]:
    """What mongod and nats-server need of our environment, and nothing secret with it."""
    return {name: parent[name] for name in _FOR_SERVERS if name in parent}


def for_nursery(parent: Mapping[str, str]) -> dict[str, str]:
    """What libraries may look at while services are imported, and nothing secret with it."""
    return {**MALLOC, **{name: value for name, value in parent.items() if _may_pass(name, "")}}


def for_service(
    name: str,
    addresses: Addresses,
    *,
    data: DataDir,
    secrets: Secrets,
    parent: Mapping[str, str],
) -> dict[str, str]:
    """The environment of one service or the gateway; writes the file that holds its Mongo URL."""
    told = {variable: value for variable, value in parent.items() if _may_pass(variable, name)} | {
        "CORDEE_DATA_DIR": str(data.root),
        "CORDEE_PUBLIC_URL": addresses.public_url,
        "CORDEE_LOG_FORMAT": parent.get("CORDEE_LOG_FORMAT", "console"),
        "CORDEE_NATS_URL": addresses.nats_url,
    }
    for key in KEYS_OF[name]:
        told[f"CORDEE_{key.upper()}_FILE"] = str(secrets.path(key))
    if addresses.embedded_nats:
        told["CORDEE_NATS_NKEY_FILE"] = str(secrets.nkey_file(name))
    elif "CORDEE_NATS_NKEY_FILE" in parent:
        told["CORDEE_NATS_NKEY_FILE"] = str(Path(parent["CORDEE_NATS_NKEY_FILE"]).absolute())
    if name in addresses.mongo_urls:
        file = secrets.write(f"mongo_url_{name}", addresses.mongo_urls[name] + "\n")
        told["CORDEE_MONGO_URL_FILE"] = str(file)
    if name in KEEPS_BLOBS:
        told["CORDEE_BLOB_URL"] = addresses.blob_url
    if name == "gateway":
        told |= {"CORDEE_HOST": addresses.host, "CORDEE_PORT": str(addresses.port)}
    return told


def with_database(url: str, database: str) -> str:
    """`url` with another database, signing in where it signed in before.

    Without `authSource` the database in the path decides where the user is looked up, so what
    it was has to be said once the path changes.
    """
    scheme, _, rest = url.partition("://")
    rest, _, options = rest.partition("?")
    server, _, before = rest.partition("/")
    given = {name.lower() for name, _ in parse_qsl(options, keep_blank_values=True)}
    if "@" in server and "authsource" not in given:
        options = "&".join(filter(None, (options, f"authSource={before or 'admin'}")))
    return f"{scheme}://{server}/{database}" + (f"?{options}" if options else "")


def mongo_urls_from(url: str, services: Iterable[str] = DATABASES) -> dict[str, str]:
    """Each service's URL on a server that is not ours to administer: one user, own databases."""
    return {service: with_database(url, DATABASES[service]) for service in services}


def _may_pass(variable: str, service: str) -> bool:
    if variable.startswith((*_OURS, "CORDEE_HOST", "CORDEE_PORT", "CORDEE_BLOB_URL")):
        return False
    return all(
        service in allowed for prefix, allowed in _CONFINED.items() if variable.startswith(prefix)
    )
