"""MongoDB and the way in, asked while Cordée runs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from pymongo import MongoClient
from pymongo.errors import PyMongoError

from shared.checkup.finding import Finding, bad, ok, skipped, warn

PATIENCE_S = 5.0
SKEW_S = 2.0


def mongo_url(data_dir: Path, environment: Mapping[str, str]) -> str | None:
    """Where a service of this installation keeps its documents; None where nobody can know."""
    if given := environment.get("CORDEE_MONGO_URL"):
        return given
    told = data_dir / "secrets" / "mongo_url_identity"
    return told.read_text(encoding="utf-8").strip() if told.exists() else None


def examine_mongo(url: str | None, *, running: bool) -> Iterator[Finding]:
    """A replica set, and its clock; without a set there are no transactions."""
    if url is None:
        yield skipped("mongodb", "Nothing was started here yet; or give CORDEE_MONGO_URL.")
        return
    try:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=PATIENCE_S * 1000) as client:
            told = client.admin.command("hello")
    except PyMongoError as error:
        if running:
            yield bad("mongodb", f"It does not answer: {error}", "Look at data/logs/mongod.log.")
        else:
            yield skipped("mongodb", "It does not run now.")
        return
    name = told.get("setName")
    if not name:
        yield bad("mongodb", "It is no replica set.", "Start it with --replSet.")
    else:
        members = len(told.get("hosts", ()))
        yield ok("mongodb", f"replica set {name} of {members}; every write is journaled (j: true)")
    yield _encrypted("mongodb", url)
    skew = abs((datetime.now(UTC) - told["localTime"].replace(tzinfo=UTC)).total_seconds())
    if skew > SKEW_S:
        yield warn("clock", f"MongoDB's clock is {skew:.0f} s off ours.", "Run NTP on both.")


def examine_gateway(url: str, *, running: bool) -> Iterator[Finding]:
    """Alive, and each service has just written something durable."""
    try:
        answer = httpx.get(f"{url}/readyz", timeout=PATIENCE_S)
    except httpx.HTTPError as error:
        if running:
            yield bad("gateway", f"{url} does not answer: {error}", "Look at the log of gateway.")
        else:
            yield skipped("gateway", f"Nothing runs at {url}.")
        return
    try:
        services = answer.json()["services"]
    except (ValueError, KeyError, TypeError):
        yield bad("gateway", f"What answers at {url} is not Cordée.", "Name the right --url.")
        return
    for service, state in services.items():
        if state == "ok":
            yield ok(service, "wrote a canary durably")
        else:
            yield bad(service, str(state), f"Look at the log of {service}.")


def examine_binding(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Where it listens, and whether keys travel in clear to get there."""
    host = environment.get("CORDEE_HOST", "127.0.0.1")
    public = environment.get("CORDEE_PUBLIC_URL", "")
    if _is_loopback(host):
        yield ok("binding", f"{host}: this machine only")
    elif public.startswith("https://"):
        yield ok("binding", f"{host}, reached as {public}")
    else:
        yield warn(
            "binding",
            f"It listens on {host} and no https address is set: keys travel in clear.",
            "Put a TLS proxy in front and set CORDEE_PUBLIC_URL to its https address.",
        )
    if nats := environment.get("CORDEE_NATS_URL"):
        yield _encrypted("nats", nats)
    if not environment.get("CORDEE_SMTP_URL"):
        yield warn(
            "mail",
            "No mail is sent: invitations are handed over by hand, alerts go to webhooks only.",
            "Set CORDEE_SMTP_URL and CORDEE_MAIL_FROM.",
        )


def _encrypted(check: str, url: str) -> Finding:
    """Passwords and data must not cross a network in clear."""
    parts = urlsplit(url)
    hosts = [one.rpartition(":")[0] or one for one in parts.netloc.rpartition("@")[2].split(",")]
    tls = parts.scheme in ("tls", "wss", "mongodb+srv") or "tls=true" in parts.query.lower()
    remote = [host for host in hosts if not _is_loopback(host)]
    if remote and not tls:
        return warn(
            check, f"{', '.join(remote)} is reached without TLS.", "Use tls:// or tls=true."
        )
    return ok(check, "TLS" if remote else "this machine only")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
