"""Each process is told what it needs, and no other's secrets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.embedded.data_dir import DataDir
from shared.embedded.environment import (
    Addresses,
    for_nursery,
    for_server,
    for_service,
    with_database,
)
from shared.embedded.secrets import Secrets

PARENT = {
    "PATH": "/bin",
    "CORDEE_CRASHED_AFTER": "60",
    "CORDEE_ADMIN_PASSWORD": "hunter2",
    "CORDEE_SMTP_URL": "smtps://me:pw@mail",
    "CORDEE_MONGO_URL": "mongodb://root:pw@elsewhere",
    "CORDEE_KEY_PEPPER": "another",
    "AWS_SECRET_ACCESS_KEY": "s3",
}
ADDRESSES = Addresses(
    host="127.0.0.1",
    port=8080,
    public_url="http://localhost:8080",
    blob_url="file:///blobs",
    nats_url="nats://127.0.0.1:1",
    mongo_urls={"identity": "mongodb://i", "runs": "mongodb://r", "alerts": "mongodb://a"},
    embedded_nats=True,
)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[DataDir]:
    with DataDir.open(tmp_path) as opened:
        yield opened


def told(service: str, data: DataDir) -> dict[str, str]:
    return for_service(service, ADDRESSES, data=data, secrets=Secrets(data.secrets), parent=PARENT)


@pytest.mark.parametrize(
    ("variable", "allowed"),
    [
        ("CORDEE_ADMIN_PASSWORD", {"identity"}),
        ("CORDEE_SMTP_URL", {"identity", "alerts"}),
        ("AWS_SECRET_ACCESS_KEY", {"runs", "gateway"}),
        ("CORDEE_MONGO_URL", set()),
        ("CORDEE_KEY_PEPPER", set()),
        ("CORDEE_KEY_PEPPER_FILE", {"identity", "gateway"}),
        ("CORDEE_URL_SIGNING_KEY_FILE", {"runs", "gateway"}),
        ("CORDEE_SESSION_KEY_FILE", {"identity", "gateway"}),
        ("CORDEE_ENCRYPTION_KEY_FILE", {"identity", "alerts"}),
        ("CORDEE_MONGO_URL_FILE", {"identity", "runs", "alerts"}),
        ("CORDEE_BLOB_URL", {"runs", "gateway"}),
        ("CORDEE_PORT", {"gateway"}),
        ("CORDEE_NATS_NKEY_FILE", {"identity", "runs", "alerts", "gateway"}),
        ("CORDEE_CRASHED_AFTER", {"identity", "runs", "alerts", "gateway"}),
    ],
)
def test_who_is_told_what(variable: str, allowed: set[str], data: DataDir) -> None:
    services = ("identity", "runs", "alerts", "gateway")
    assert {service for service in services if variable in told(service, data)} == allowed


def test_the_mongo_url_stands_in_a_private_file(data: DataDir) -> None:
    file = Path(told("runs", data)["CORDEE_MONGO_URL_FILE"])
    assert file.read_text(encoding="utf-8").strip() == "mongodb://r"
    assert file.stat().st_mode & 0o777 == 0o600


def test_servers_are_told_nothing_of_cordee() -> None:
    assert for_server(PARENT) == {"PATH": "/bin"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("mongodb://h", "mongodb://h/db", id="bare"),
        pytest.param("mongodb://h:1,i:2/?a=b", "mongodb://h:1,i:2/db?a=b", id="options"),
        pytest.param("mongodb://u:p@h", "mongodb://u:p@h/db?authSource=admin", id="user"),
        pytest.param("mongodb://u:p@h/x?a=b", "mongodb://u:p@h/db?a=b&authSource=x", id="moved"),
        pytest.param(
            "mongodb+srv://u:p@h/x?AuthSource=y", "mongodb+srv://u:p@h/db?AuthSource=y", id="given"
        ),
    ],
)
def test_another_database_keeps_where_the_user_signs_in(url: str, expected: str) -> None:
    assert with_database(url, "db") == expected


def test_the_nursery_is_told_no_secret_and_few_arenas() -> None:
    few = {"MALLOC_ARENA_MAX": "2"}
    assert for_nursery(PARENT) == {"PATH": "/bin", "CORDEE_CRASHED_AFTER": "60", **few}
    assert for_nursery({"MALLOC_ARENA_MAX": "8"}) == {"MALLOC_ARENA_MAX": "8"}
