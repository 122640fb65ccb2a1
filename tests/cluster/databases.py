"""Three mongods as members of one set, each service with a user of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from shared.embedded.binaries import find_mongod
from shared.embedded.secrets import DATABASES
from tests.cluster.node import Node
from tests.cluster.wires import Wires
from tests.servers import free_port, wait_for

NAMES = ("mongo-1", "mongo-2", "mongo-3")
SET = "rs0"
PORT = 27017
SETTINGS = {"electionTimeoutMillis": 4_000, "catchUpTimeoutMillis": 500}
PARAMETERS = {
    "transactionLifetimeLimitSeconds": "10",
    "oplogNetworkTimeoutBufferSeconds": "1",
    "diagnosticDataCollectionEnabled": "false",
}
"""As deploy/ has them, where it is said why."""


class Databases:
    """How they are run, founded and reached."""

    def __init__(self, folder: Path, wires: Wires, secrets: Mapping[str, str]) -> None:
        self._wires = wires
        self._secrets = secrets
        self._folder = folder
        self._keyfile = folder / "mongo-keyfile"
        self._keyfile.write_text(secrets["MONGO_KEYFILE"] * 4, encoding="ascii")
        self._keyfile.chmod(0o400)
        self.nodes = [self._node(name) for name in NAMES]

    def url(self, service: str) -> str:
        """With which a service reaches its database, whoever is primary."""
        password = self._secrets[f"MONGO_{service.upper()}_PASSWORD"]
        members = ",".join("{}:{}".format(*self._wires.reach(name, PORT)) for name in NAMES)
        return (
            f"mongodb://{service}:{password}@{members}/{DATABASES[service]}"
            f"?replicaSet={SET}&authSource=admin"
        )

    def found(self) -> None:
        """Users first, on one that is still alone; the set takes them over. Then start all."""
        self._make_users()
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            wait_for(f"{node.name} listens", lambda one=node: self._listens(one.name), 60)
        members = [
            {"_id": number, "host": "{}:{}".format(*self._wires.reach(name, PORT))}
            for number, name in enumerate(NAMES)
        ]
        with self._root(NAMES[0]) as root:
            root.admin.command(
                "replSetInitiate",
                {"_id": SET, "members": members, "settings": SETTINGS},
            )

    def primary(self) -> str:
        """Who is primary; empty while nobody is, or while they disagree."""
        found = [name for name in NAMES if self._hello(name).get("isWritablePrimary")]
        return found[0] if len(found) == 1 else ""

    def _node(self, name: str) -> Node:
        host, port = self._wires.listens(name, PORT)
        (self._folder / name).mkdir()
        argv = [
            *self._wires.prefix(name),
            *self._argv(name, port, ",".join(dict.fromkeys((host, "127.0.0.1")))),
            *("--replSet", SET, "--oplogSize", "990", "--keyFile", str(self._keyfile)),
        ]
        return Node(name, argv, {}, lambda: self._is_member(name), self._folder / f"{name}.log")

    def _argv(self, name: str, port: int, hosts: str) -> list[str]:
        return [
            *(str(find_mongod().path), "--dbpath", str(self._folder / name), "--quiet"),
            *("--port", str(port), "--bind_ip", hosts, "--nounixsocket", "--noscripting"),
            *("--wiredTigerCacheSizeGB", "0.25"),
            *(
                word
                for name, value in PARAMETERS.items()
                for word in ("--setParameter", f"{name}={value}")
            ),
        ]

    def _make_users(self) -> None:
        port = free_port()
        mongod = subprocess.Popen(
            self._argv(NAMES[0], port, "127.0.0.1"), stdout=subprocess.DEVNULL
        )
        try:
            with MongoClient[dict[str, Any]]("127.0.0.1", port) as anybody:
                roles: dict[str, list[Any]] = {"root": ["root"]} | {
                    service: [{"role": "readWrite", "db": database}]
                    for service, database in DATABASES.items()
                }
                for user, granted in roles.items():
                    password = self._secrets[f"MONGO_{user.upper()}_PASSWORD"]
                    anybody.admin.command({"createUser": user, "pwd": password, "roles": granted})
        finally:
            mongod.terminate()
            mongod.wait(20)

    def _root(self, name: str) -> MongoClient[dict[str, Any]]:
        return MongoClient(
            *self._wires.listens(name, PORT),
            directConnection=True,
            username="root",
            password=self._secrets["MONGO_ROOT_PASSWORD"],
            serverSelectionTimeoutMS=2_000,
            connectTimeoutMS=2_000,
            socketTimeoutMS=5_000,
        )

    def _hello(self, name: str) -> dict[str, Any]:
        host, port = self._wires.listens(name, PORT)
        options: dict[str, Any] = dict.fromkeys(
            ("serverSelectionTimeoutMS", "connectTimeoutMS", "socketTimeoutMS"), 1_000
        )
        try:
            with MongoClient[dict[str, Any]](host, port, directConnection=True, **options) as one:
                return one.admin.command("hello")
        except PyMongoError:
            return {}

    def _listens(self, name: str) -> bool:
        return bool(self._hello(name))

    def _is_member(self, name: str) -> bool:
        told = self._hello(name)
        return bool(told.get("isWritablePrimary") or told.get("secondary"))
