"""Whoever steals the databases, the streams, the blobs and the logs has got no secret by it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bson
from pymongo import MongoClient

from tests.contract.gateway.edge import PASSWORD, Edge
from tests.contract.gateway.issuer import CLIENT_SECRET
from tests.cordee import Cordee

SERVICES = ("identity", "runs", "alerts")
STORED = ("blobs", "nats", "logs")


def issued(edge: Edge, cordee: Cordee) -> dict[str, str]:
    """One secret of every kind that Cordée gives out or is given, each of them used."""
    alice, bob = edge.person("alice", password=PASSWORD), edge.person("bob")
    team = edge.team(alice)
    browser = edge.browser(alice)
    made = alice.post(f"/api/v1/users/{alice.username}/api-keys", name="laptop")
    rotated = alice.post(f"/api/v1/users/{alice.username}/api-keys/{made['id']}:rotate")
    adopted = "adopted" + secrets.token_hex(20)
    name = edge.name("carol")
    edge.admin.post("/api/v1/users", username=name, email=f"{name}@example.com", api_key=adopted)
    invited = alice.post(
        f"/api/v1/teams/{team}/invitations", email=f"{edge.name('x')}@example.com", role="member"
    )
    _, bot_key = edge.service(alice, team)
    link = edge.admin.post(f"/api/v1/users/{bob.username}/password-reset")
    webhook = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    slack = f"https://hooks.example.com/services/{secrets.token_hex(16)}"
    header = secrets.token_hex(16)
    hook = {"name": "hook", "kind": "webhook", "url": "https://example.com/", "secret": webhook}
    alice.post(f"/api/v1/teams/{team}/channels", **hook, headers={"X-Token": header})
    alice.post(f"/api/v1/teams/{team}/channels", name="slack", kind="slack", url=slack)
    query = """mutation($e: String) { upsertBucket(input: {
      modelName: "p", entityName: $e, name: "r1"}) { bucket { id } } }"""
    asked = {"query": query, "variables": {"e": team}}
    assert edge.with_key(bot_key).post("/graphql", json=asked).json()["data"]
    lines = {"files": {"wandb-history.jsonl": {"offset": 0, "content": ['{"_step":0}']}}}
    logged = edge.with_key(bot_key).post(f"/files/{team}/p/r1/file_stream", json=lines)
    assert logged.is_success, logged.text
    cookies = {cookie.value or "" for cookie in browser.cookies.jar}
    return {
        "an administrator's key": cordee.admin_key,
        "an administrator's password": cordee.admin_password,
        "a person's key": bob_key(edge, bob.username),
        "a key by REST": made["key"],
        "a rotated key": rotated["key"],
        "an adopted key": adopted,
        "a service account's key": bot_key,
        "a password": PASSWORD,
        "an invitation": invited["token"],
        "a link to a new password": link["url"].partition("token=")[2],
        "a webhook's secret": webhook,
        "its bytes": webhook.removeprefix("whsec_"),
        "a Slack address": slack,
        "a header": header,
        "the provider's secret": CLIENT_SECRET,
        **{f"cookie {number}": value for number, value in enumerate(sorted(cookies))},
    }


def bob_key(edge: Edge, username: str) -> str:
    made = edge.admin.post(f"/api/v1/users/{username}/api-keys", name="made by an administrator")
    return str(made["key"])


def dumped(cordee: Cordee) -> Iterator[tuple[str, bytes]]:
    """Everything that is kept, but for the folder of secrets itself."""
    for service in SERVICES:
        with MongoClient[dict[str, Any]](cordee.mongo_url(service)) as client:
            database = client.get_default_database()
            for name in database.list_collection_names():
                documents = [bson.encode(document) for document in database[name].find()]
                yield f"{service}.{name}", b"".join(documents)
    files = [path for folder in STORED for path in (cordee.data_dir / folder).rglob("*")]
    for path in [*files, cordee.output]:
        if path.is_file():
            yield str(path), path.read_bytes()


def spellings(secret: str) -> set[bytes]:
    """As it is, and as it would look where somebody wrapped it."""
    plain = secret.encode()
    return {plain, plain.hex().encode(), base64.b64encode(plain), base64.b64encode(b"api:" + plain)}


def test_a_dump_holds_no_secret(edge: Edge, cordee: Cordee) -> None:
    given = issued(edge, cordee)
    assert all(len(secret) > 8 for secret in given.values())
    everything = dict(dumped(cordee))
    assert sum(map(len, everything.values())) > 100_000
    found = [
        (what, place)
        for what, secret in given.items()
        for place, content in everything.items()
        if any(spelling in content for spelling in spellings(secret))
    ]
    assert found == []


def test_the_secrets_themselves_are_for_nobody_else(cordee: Cordee) -> None:
    folder = cordee.data_dir / "secrets"
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
    assert Path(folder).stat().st_mode & 0o077 == 0
