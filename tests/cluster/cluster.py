"""The whole cluster: brokers, databases, two of each service, two gateways, a folder for blobs."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import threading
import urllib.request
from pathlib import Path
from typing import Self

from gateway.cli.serve import argv_of
from shared.embedded.secrets import DATABASES
from tests.cluster.balancer import Balancer
from tests.cluster.brokers import Brokers
from tests.cluster.databases import Databases
from tests.cluster.node import Node
from tests.cluster.wires import Loopback, Namespaces, Wires
from tests.servers import ROOT, wait_for

NATS, MONGO = ("nats-1", "nats-2", "nats-3"), ("mongo-1", "mongo-2", "mongo-3")
GATEWAYS = ("gateway-1", "gateway-2")
SERVICES = tuple(f"{service}-{number}" for service in DATABASES for number in (1, 2))
EVERYBODY = (*NATS, *MONGO, *SERVICES, *GATEWAYS)
PORT = 8080
REPLICAS = 3

_SECRETS = [
    *(f"NATS_{name}_PASSWORD" for name in ("IDENTITY", "RUNS", "ALERTS", "GATEWAY", "ROUTES")),
    *(f"MONGO_{name}_PASSWORD" for name in ("ROOT", "IDENTITY", "RUNS", "ALERTS")),
    "MONGO_KEYFILE",
]


class Cluster:
    """Starts everything, and looks after what falls by itself."""

    def __init__(self, *, own_network: bool) -> None:
        """`own_network`: lines are those of real networks, which takes root."""
        self._folder = Path(tempfile.mkdtemp(prefix="cordee-cluster-"))
        self.admin_key = secrets.token_hex(20)
        self.nodes: dict[str, Node] = {}
        self.wires: Wires = (
            Namespaces(list(EVERYBODY)) if own_network else Loopback(self._pid_of, list(EVERYBODY))
        )
        self.balancer = Balancer()
        self._keys = {
            f"CORDEE_{name}": secrets.token_hex(32)
            for name in ("KEY_PEPPER", "SESSION_KEY", "ENCRYPTION_KEY", "URL_SIGNING_KEY")
        }
        self._closing = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def __enter__(self) -> Self:
        given = {name: secrets.token_hex(32) for name in _SECRETS}
        self.wires.__enter__()
        try:
            self.brokers = Brokers(self._folder, self.wires, given)
            self.databases = Databases(self._folder, self.wires, given)
            for node in (*self.brokers.nodes, *self.databases.nodes):
                self.nodes[node.name] = node
            for node in self.brokers.nodes:
                node.start()
            self.databases.found()
            for name in (*SERVICES, *GATEWAYS):
                self.nodes[name] = self._process(name)
                self.nodes[name].start()
            self._keeper.start()
            self.wait_whole(120)
            self.balancer.start([self.wires.reach(name, PORT) for name in GATEWAYS])
        except BaseException as failed:
            words = self.last_words()
            self.__exit__()
            raise AssertionError(words) from failed
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        if self._keeper.is_alive():
            self._keeper.join()
        self.balancer.stop()
        for name in reversed(self.nodes):
            self.nodes[name].kill()
        self.wires.__exit__()
        shutil.rmtree(self._folder)

    @property
    def urls(self) -> list[str]:
        """The gateways'."""
        return ["http://{}:{}".format(*self.wires.reach(name, PORT)) for name in GATEWAYS]

    def wait_whole(self, seconds: float = 60.0) -> None:
        """Until every node does its work and every replica has caught up."""
        for name, node in self.nodes.items():
            try:
                wait_for(f"{name} works", node.works, seconds)
            except AssertionError as late:
                raise AssertionError(f"{late}\n{self.last_words()}") from late

    def lose_disk(self, name: str) -> None:
        """Of a server that is down."""
        shutil.rmtree(self._folder / name)
        (self._folder / name).mkdir()

    def last_words(self) -> str:
        """Of everybody."""
        return "\n".join(node.last_words() for node in self.nodes.values())

    def _pid_of(self, name: str) -> int | None:
        return self.nodes[name].pid if name in self.nodes else None

    def _keep(self) -> None:
        while not self._closing.wait(0.2):
            for node in list(self.nodes.values()):
                node.look_after()

    def _process(self, name: str) -> Node:
        kind = name.partition("-")[0]
        host, port = self.wires.listens(name, PORT)
        temporary = self._folder / f"{name}-tmp"
        temporary.mkdir()
        env = {
            **{one: value for one, value in os.environ.items() if one[:7] != "CORDEE_"},
            **self._keys,
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(temporary),
            "CORDEE_NATS_URL": self.brokers.urls(kind),
            "CORDEE_NATS_REPLICAS": str(REPLICAS),
            "CORDEE_BLOB_URL": (self._folder / "blobs").as_uri(),
            "CORDEE_PUBLIC_URL": self.balancer.url,
            "CORDEE_LOG_FORMAT": "console",
        }
        if kind in DATABASES:
            env["CORDEE_MONGO_URL"] = self.databases.url(kind)
        if kind == "identity":
            env |= {
                "CORDEE_ADMIN_USERNAME": "admin",
                "CORDEE_ADMIN_EMAIL": "admin@example.com",
                "CORDEE_ADMIN_PASSWORD": secrets.token_hex(12),
                "CORDEE_ADMIN_API_KEY": self.admin_key,
            }
        if kind == "gateway":
            env |= {"CORDEE_HOST": host, "CORDEE_PORT": str(port)}
        argv = [*self.wires.prefix(name), *argv_of(kind)]
        return Node(name, argv, env, lambda: self._works(name), self._folder / f"{name}.log")

    def _works(self, name: str) -> bool:
        """As an orchestrator asks: of a service its pulse, of a gateway whether all answer it."""
        node = self.nodes[name]
        try:
            if name not in GATEWAYS:
                pulse = (self._folder / f"{name}-tmp" / "cordee-pulse").stat().st_mtime
                return node.pid is not None and pulse > node.started
            host, port = self.wires.listens(name, PORT)
            with urllib.request.urlopen(f"http://{host}:{port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
