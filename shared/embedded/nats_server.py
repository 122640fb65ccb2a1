"""nats-server on this machine: JetStream on disk, and one user per service with its own rights."""

from __future__ import annotations

import asyncio
import json
import os
import secrets as random
from collections.abc import Mapping

from shared.embedded.binaries import Binary
from shared.embedded.data_dir import DataDir
from shared.embedded.environment import for_server
from shared.embedded.output import LOG_BYTES, LOGS_KEPT
from shared.embedded.private_file import write_private
from shared.embedded.probe import get
from shared.embedded.program import Program
from shared.embedded.secrets import Secrets

Permissions = Mapping[str, list[str]]
"""`publish` and `subscribe`, each a list of subjects."""

_MIB = 1024 * 1024
_ANSWER = {"max": 1, "expires": "2m"}


class NatsServer:
    """How the embedded nats-server is configured, run and reached."""

    name = "nats"

    def __init__(
        self,
        binary: Binary,
        port: int,
        monitor_port: int,
        data: DataDir,
        secrets: Secrets,
        users: Mapping[str, Permissions],
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """`users` gives each service what it may say and hear."""
        self.binary = binary
        self.port = port
        self.url = f"nats://127.0.0.1:{port}"
        self._monitor_port = monitor_port
        self._data = data
        self._secrets = secrets
        self._users = users
        self._environment = environment
        # The monitor has no authentication; a path that nobody can guess stands in for it.
        self._monitor_path = f"/{random.token_urlsafe(18)}"
        self._config = data.run / "nats-server.json"
        self._log = data.log_of(self.name)

    def program(self) -> Program:
        """What to run; writes its configuration."""
        # The server reads UTF-8, but not JSON's \u: a data dir may have any name.
        text = json.dumps(self._configuration(), indent=2, ensure_ascii=False)
        write_private(self._config, text + "\n")
        return Program(
            name=self.name,
            argv=(str(self.binary.path), "--config", str(self._config)),
            env=for_server(self._environment),
            ready=self.ready,
            healthy=self.healthy,
            own_log=self._log,
            must_start=True,
        )

    async def ready(self) -> None:
        """Return when it serves, JetStream included."""
        while True:
            if await self.healthy():
                return
            await asyncio.sleep(0.02)

    async def healthy(self) -> bool:
        """False also when JetStream has wedged, as it does when the disk was full for a while."""
        status, _ = await get("127.0.0.1", self._monitor_port, f"{self._monitor_path}/healthz")
        return status == 200

    def _configuration(self) -> dict[str, object]:
        return {
            "server_name": "cordee",
            "listen": f"127.0.0.1:{self.port}",
            "http": f"127.0.0.1:{self._monitor_port}",
            "http_base_path": self._monitor_path,
            "log_file": str(self._log),
            "logfile_size_limit": LOG_BYTES,
            "logfile_max_num": LOGS_KEPT + 1,
            "max_payload": 16 * _MIB,
            "max_pending": 128 * _MIB,
            "write_deadline": "10s",
            "jetstream": {
                "store_dir": str(self._data.nats),
                "max_memory_store": 256 * _MIB,
                "max_file_store": 40 * 1024 * _MIB,
                # By default an acknowledged message may stay off the disk for two minutes.
                "sync_interval": "always",
                "max_buffered_msgs": 10_000,
            },
            "authorization": {
                "users": [
                    {"nkey": self._secrets.nkey_public(user), "permissions": _rights(granted)}
                    for user, granted in self._users.items()
                ]
            },
        }


def _rights(granted: Permissions) -> dict[str, object]:
    """The server's form of what is granted; it would read an empty list as «everything»."""
    rights: dict[str, object] = {
        verb: {"allow": granted[verb]} if granted[verb] else {"deny": [">"]}
        for verb in ("publish", "subscribe")
    }
    return rights | {"allow_responses": _ANSWER}
