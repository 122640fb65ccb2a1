"""The servers that one data dir needs, chosen, given ports and secrets, ready to be launched."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from shared.embedded.binaries import Binary, find_mongod, find_nats_server
from shared.embedded.data_dir import DataDir
from shared.embedded.installation import Installation
from shared.embedded.mongod import Mongod
from shared.embedded.nats_server import NatsServer, Permissions
from shared.embedded.program import Program
from shared.embedded.secrets import Secrets


class Servers:
    """mongod and nats-server of one data dir; either is None where another is used instead."""

    def __init__(
        self,
        data: DataDir,
        *,
        nats_users: Mapping[str, Permissions],
        mongo: bool = True,
        nats: bool = True,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        """Find the programs, make or read the secrets, choose the ports; nothing runs yet."""
        installation = Installation.load(data.installation)
        with ThreadPoolExecutor() as looking:  # each look starts a program
            mongod = (
                looking.submit(find_mongod, installation.mongod_series, environment)
                if mongo
                else None
            )
            nats_server = looking.submit(find_nats_server, environment) if nats else None
        self.secrets = Secrets(data.secrets)
        self.secrets.ensure(tuple(nats_users), fresh=installation.fresh)
        self.mongod = (
            Mongod(mongod.result(), installation.port_of("mongod"), data, self.secrets, environment)
            if mongod
            else None
        )
        self.nats = (
            NatsServer(
                nats_server.result(),
                installation.port_of("nats"),
                installation.port_of("nats-monitor"),
                data,
                self.secrets,
                nats_users,
                environment,
            )
            if nats_server
            else None
        )
        if self.mongod:
            installation.mongod_series = self.mongod.binary.series
        installation.save()

    def programs(self) -> list[Program]:
        """What to launch; stopped in reverse."""
        return [server.program() for server in (self.mongod, self.nats) if server]

    def versions(self) -> dict[str, Binary]:
        """What runs, for the operator."""
        named = {"mongod": self.mongod, "nats-server": self.nats}
        return {name: server.binary for name, server in named.items() if server}
