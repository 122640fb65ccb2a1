"""mongod on this machine: one member of a replica set of one, each service in its own database."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
from collections.abc import Mapping
from urllib.parse import urlencode

from shared.embedded.binaries import Binary
from shared.embedded.data_dir import DataDir
from shared.embedded.environment import for_server
from shared.embedded.failures import CannotStart
from shared.embedded.output import rotate_if_large
from shared.embedded.probe import port_open
from shared.embedded.program import Program
from shared.embedded.secrets import DATABASES, MONGO_KEYFILE, MONGO_ROOT, Secrets

CACHE_GB = 0.25
"""The least that WiredTiger takes; the page cache does the rest. `CORDEE_MONGO_CACHE_GB`."""

_LONGEST_SOCKET_FOLDER = 103 - len("/mongodb-12345.sock")
"""macOS allows 103 bytes for the whole path, Linux 107."""
_DURABLE = {"w": "majority", "journal": "true", "readConcernLevel": "majority"}


class Mongod:
    """How the embedded mongod is run, made ready and reached."""

    name = "mongod"

    def __init__(
        self,
        binary: Binary,
        port: int,
        data: DataDir,
        secrets: Secrets,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """`port` may differ from the last start's; the replica set is told."""
        self.binary = binary
        self.port = port
        self._data = data
        self._secrets = secrets
        self._log = data.log_of(self.name)
        self._environment = environment

    def program(self) -> Program:
        """What to run."""
        rotate_if_large(self._log)
        return Program(
            name=self.name,
            argv=self._argv(),
            env=for_server(self._environment),
            ready=self.ready,
            own_log=self._log,
            reopen_log=signal.SIGUSR1,
            must_start=True,
        )

    def url(self, service: str) -> str:
        """With which one service reaches its own database and no other."""
        database = DATABASES[service]
        password = self._secrets.mongo_password(service)
        return self._url(service, password, database, auth_source=database)

    @property
    def root_url(self) -> str:
        """For administration: everything is allowed."""
        return self._url("root", self._secrets.read(MONGO_ROOT), "", auth_source="admin")

    async def ready(self) -> None:
        """Return when the member is primary and every service can sign in."""
        # PyMongo takes half a second to import; mongod needs that time to open its port.
        importing = asyncio.to_thread(importlib.import_module, "pymongo")
        await asyncio.gather(port_open("127.0.0.1", self.port), importing)
        await asyncio.to_thread(self._administer)

    def _administer(self) -> None:
        from shared.embedded import mongo_administration

        mongo_administration.settle(
            self.port,
            root_password=self._secrets.read(MONGO_ROOT),
            users={
                service: (database, self._secrets.mongo_password(service))
                for service, database in DATABASES.items()
            },
        )

    def _argv(self) -> tuple[str, ...]:
        socket_folder = str(self._data.run)
        unix_socket = (
            ("--unixSocketPrefix", socket_folder)
            if len(socket_folder.encode()) <= _LONGEST_SOCKET_FOLDER
            else ("--nounixsocket",)
        )
        return (
            str(self.binary.path),
            *("--dbpath", str(self._data.mongo)),
            *("--port", str(self.port), "--bind_ip", "127.0.0.1", *unix_socket),
            *("--replSet", "cordee", "--oplogSize", "990"),
            *("--keyFile", str(self._secrets.path(MONGO_KEYFILE))),  # also turns --auth on
            *("--wiredTigerCacheSizeGB", str(_cache_gb(self._environment))),
            *("--logpath", str(self._log), "--logappend", "--logRotate", "reopen", "--quiet"),
            *("--slowms", "500", "--noscripting"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            # What a killed process had begun would keep its documents from being written.
            *("--setParameter", "transactionLifetimeLimitSeconds=10"),
        )

    def _url(self, user: str, password: str, database: str, *, auth_source: str) -> str:
        options = {
            "directConnection": "true",
            "authSource": auth_source,
            "appName": f"cordee-{user}",
            **_DURABLE,
        }
        return f"mongodb://{user}:{password}@127.0.0.1:{self.port}/{database}?{urlencode(options)}"


def _cache_gb(environment: Mapping[str, str]) -> float:
    wanted = environment.get("CORDEE_MONGO_CACHE_GB") or CACHE_GB
    try:
        return max(float(wanted), CACHE_GB)
    except ValueError as error:
        raise CannotStart(f"CORDEE_MONGO_CACHE_GB is {wanted!r}, not a number of GB.") from error
