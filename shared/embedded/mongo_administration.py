"""Making a running mongod ours: replica set, root user, one least-privilege user per service.

Every step looks first and can be repeated, so a crash between any two is mended by the next start.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from shared.embedded.failures import CannotStart, NotReady

SET_NAME = "cordee"
PATIENCE_S = 60.0

_UNAUTHORIZED = 13
_AUTHENTICATION_FAILED = 18
_NOT_YET_INITIALIZED = 94
_USER_EXISTS = 51003
_CAREFULLY: dict[str, Any] = {
    "mechanisms": ["SCRAM-SHA-256"],
    "writeConcern": {"w": "majority", "j": True, "wtimeout": 15_000},
}

Client = MongoClient[dict[str, Any]]


def settle(port: int, *, root_password: str, users: Mapping[str, tuple[str, str]]) -> None:
    """Bring the server that listens on `port` to where every service can work.

    `users` gives the database and the password of each service.
    """
    try:
        with _connect(port) as anybody:
            if not anybody.admin.command("hello").get("setName"):
                _found_or_move_the_set(anybody, port, root_password)
            _wait_until_primary(anybody)
            root = _sign_in(anybody, port, root_password)
        with root:
            for name, (database, password) in users.items():
                _ensure_user(root, name, database, password)
    except PyMongoError as error:
        raise NotReady(f"mongod does not let itself be set up: {error}") from error


def _connect(port: int, password: str | None = None) -> Client:
    options: dict[str, Any] = {
        "directConnection": True,
        "serverSelectionTimeoutMS": 5_000,
        "socketTimeoutMS": 30_000,
        "appname": "cordee-up",
    }
    if password:
        options |= {"username": "root", "password": password, "authSource": "admin"}
    return MongoClient("127.0.0.1", port, **options)


def _found_or_move_the_set(anybody: Client, port: int, root_password: str) -> None:
    """A server in no set is a new one, or one whose set knows it by the port it had before."""
    member = f"127.0.0.1:{port}"
    try:
        anybody.admin.command(
            "replSetInitiate",
            {
                "_id": SET_NAME,
                "members": [{"_id": 0, "host": member}],
                "settings": {"electionTimeoutMillis": 1000},
            },
        )
        return
    except OperationFailure as refused:
        if refused.code != _UNAUTHORIZED:
            raise
    # Only a server with users refuses that: its set exists under the old port.
    with _connect(port, root_password) as root:
        config = _config(root)
        config["members"][0]["host"] = member
        config["version"] += 1
        root.admin.command({"replSetReconfig": config, "force": True})


def _config(root: Client) -> dict[str, Any]:
    """The set's configuration; mongod knows it once it has looked for itself at the old port.

    That takes an instant, or half a minute where somebody listens there and never says a word.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            config: dict[str, Any] = root.admin.command("replSetGetConfig")["config"]
            return config
        except OperationFailure as refused:
            if refused.code != _NOT_YET_INITIALIZED or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def _wait_until_primary(anybody: Client) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not anybody.admin.command("hello")["isWritablePrimary"]:
        if time.monotonic() > deadline:
            raise NotReady(f"mongod did not become primary within {PATIENCE_S:.0f} s.")
        time.sleep(0.01)


def _sign_in(anybody: Client, port: int, password: str) -> Client:
    """A client of root, who is created through the localhost exception at the very first start."""
    root = _connect(port, password)
    try:
        root.admin.command("ping")
        return root
    except OperationFailure as refused:
        root.close()
        if refused.code != _AUTHENTICATION_FAILED:
            raise
    try:
        anybody.admin.command(
            {"createUser": "root", "pwd": password, "roles": ["root"], **_CAREFULLY}
        )
    except OperationFailure as refused:
        if refused.code != _UNAUTHORIZED:
            raise
        raise CannotStart(
            "The database does not accept the password in secrets/mongo_root_password: "
            "database and secrets are of different backups."
        ) from refused
    return _connect(port, password)


def _ensure_user(root: Client, name: str, database: str, password: str) -> None:
    """Exactly readWrite on exactly its own database, whatever an earlier version gave it."""
    rights = {"pwd": password, "roles": [{"role": "readWrite", "db": database}], **_CAREFULLY}
    try:
        root[database].command({"createUser": name, **rights})
    except OperationFailure as refused:
        if refused.code != _USER_EXISTS:
            raise
        root[database].command({"updateUser": name, **rights})
