"""Three nats-servers that run the configuration which we ship for clusters."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.embedded.binaries import find_nats_server
from tests.cluster.node import Node
from tests.cluster.wires import Wires
from tests.servers import ROOT

NAMES = ("nats-1", "nats-2", "nats-3")
CONFIGURATION = ROOT / "deploy" / "helm" / "cordee" / "files" / "nats.conf"
CLIENTS, ROUTES, MONITOR = 4222, 6222, 8222


class Brokers:
    """How they are run and reached."""

    def __init__(self, folder: Path, wires: Wires, secrets: Mapping[str, str]) -> None:
        """`secrets` are the passwords that the configuration asks its environment for."""
        self._wires = wires
        self._secrets = secrets
        self.nodes = [self._node(name, folder) for name in NAMES]

    def urls(self, user: str) -> str:
        """With which a service reaches any of them."""
        password = self._secrets[f"NATS_{user.upper()}_PASSWORD"]
        return ",".join(
            "nats://{}:{}@{}:{}".format(user, password, *self._wires.reach(name, CLIENTS))
            for name in NAMES
        )

    def leader_of(self, stream: str) -> str:
        """Who leads a stream; empty while nobody does."""
        for name in NAMES:
            told = self._ask(name, "/jsz?streams=1&accounts=1")
            for account in told.get("account_details", []):
                for detail in account.get("stream_detail", []):
                    leader: str = detail.get("cluster", {}).get("leader", "")
                    if detail["name"] == stream and leader:
                        return leader
        return ""

    def _node(self, name: str, folder: Path) -> Node:
        host, port = self._wires.listens(name, CLIENTS)
        routes_host, routes_port = self._wires.listens(name, ROUTES)
        _, monitor = self._wires.listens(name, MONITOR)
        configuration = folder / f"{name}.conf"
        shipped = CONFIGURATION.read_text(encoding="utf-8")
        configuration.write_text(
            shipped.replace("store_dir: /data", f"store_dir: {folder / name}"), encoding="utf-8"
        )
        password = self._secrets["NATS_ROUTES_PASSWORD"]
        others = [
            "nats://routes:{}@{}:{}".format(password, *self._wires.reach(other, ROUTES))
            for other in NAMES
            if other != name
        ]
        argv = [
            *self._wires.prefix(name),
            *(str(find_nats_server().path), "--config", str(configuration), "--name", name),
            *("--addr", host, "--port", str(port), "--http_port", str(monitor)),
            *("--routes", ",".join(others)),
            *("--cluster_listen", f"nats://{routes_host}:{routes_port}"),
            *("--cluster_advertise", "{}:{}".format(*self._wires.reach(name, ROUTES))),
        ]
        return Node(
            name, argv, dict(self._secrets), lambda: self._healthy(name), folder / f"{name}.log"
        )

    def _healthy(self, name: str) -> bool:
        """It serves, and its replicas have caught up."""
        return self._ask(name, "/healthz").get("status") == "ok"

    def _ask(self, name: str, path: str) -> Any:
        host, port = self._wires.listens(name, MONITOR)
        try:
            with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=2) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return {}
