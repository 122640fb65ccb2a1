"""What lies between the nodes, and can be cut: a network of their own, or proxies where that needs
more rights than we have."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from typing import Protocol, Self

from tests.cluster.proxies import Proxies
from tests.servers import free_port


class Wires(Protocol):
    """A node is known by its name; a cut one keeps its connections, and no byte passes."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def prefix(self, node: str) -> list[str]:
        """What a node's command begins with."""

    def listens(self, node: str, port: int) -> tuple[str, int]:
        """Where a node listens when others are to reach it at its well-known `port`."""

    def reach(self, node: str, port: int) -> tuple[str, int]:
        """Where all others find it."""

    def cut(self, node: str) -> None:
        """Nobody reaches it, and it reaches nobody."""

    def mend(self, node: str) -> None:
        """As it was."""


class Namespaces:
    """Each node in a network namespace, all on one bridge: a cut node is unplugged from it."""

    def __init__(self, nodes: list[str]) -> None:
        self._id = os.getpid() % 2**16
        self._net = f"10.{self._id >> 8}.{self._id & 255}"
        self._bridge = f"cb{self._id}"
        self._number = {node: number for number, node in enumerate(nodes, 2)}
        self._undo = ExitStack()

    @staticmethod
    def possible() -> bool:
        """Whether we may make networks here."""
        if os.geteuid() != 0 or shutil.which("ip") is None:
            return False
        name = f"cp{os.getpid() % 2**16}"
        made = subprocess.run(["ip", "link", "add", name, "type", "bridge"], capture_output=True)
        if made.returncode == 0:
            _ip("link", "del", name)
        return made.returncode == 0

    def __enter__(self) -> Self:
        try:
            _ip("link", "add", self._bridge, "type", "bridge")
            self._undo.callback(_ip, "link", "del", self._bridge)
            _ip("addr", "add", f"{self._net}.1/24", "dev", self._bridge)
            _ip("link", "set", self._bridge, "up")
            for node in self._number:
                self._plug_in(node)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def prefix(self, node: str) -> list[str]:
        return ["ip", "netns", "exec", self._space(node)]

    def listens(self, node: str, port: int) -> tuple[str, int]:
        return self.reach(node, port)

    def reach(self, node: str, port: int) -> tuple[str, int]:
        return f"{self._net}.{self._number[node]}", port

    def cut(self, node: str) -> None:
        _ip("link", "set", self._cable(node), "nomaster")

    def mend(self, node: str) -> None:
        _ip("link", "set", self._cable(node), "master", self._bridge)

    def _plug_in(self, node: str) -> None:
        space, cable, inside = self._space(node), self._cable(node), f"{self._cable(node)}n"
        _ip("netns", "add", space)
        self._undo.callback(_ip, "netns", "del", space)
        _ip("link", "add", cable, "type", "veth", "peer", "name", inside)
        _ip("link", "set", inside, "netns", space)
        _ip("link", "set", cable, "master", self._bridge, "up")
        address, _ = self.reach(node, 0)
        _ip("-n", space, "addr", "add", f"{address}/24", "dev", inside)
        for device in (inside, "lo"):
            _ip("-n", space, "link", "set", device, "up")

    def _space(self, node: str) -> str:
        return f"cordee{self._id}-{node}"

    def _cable(self, node: str) -> str:
        return f"cv{self._id}-{self._number[node]}"


class Loopback:
    """All nodes on loopback, each behind a proxy that knows who comes through it."""

    def __init__(self, pid_of: Callable[[str], int | None], nodes: list[str]) -> None:
        self._ports: dict[tuple[str, int], int] = {}
        self._proxies = Proxies(pid_of, nodes)

    def __enter__(self) -> Self:
        self._proxies.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._proxies.__exit__()

    def prefix(self, node: str) -> list[str]:
        return []

    def listens(self, node: str, port: int) -> tuple[str, int]:
        return "127.0.0.1", self._ports.setdefault((node, port), free_port())

    def reach(self, node: str, port: int) -> tuple[str, int]:
        return self._proxies.before(node, *self.listens(node, port))

    def cut(self, node: str) -> None:
        self._proxies.cut(node)

    def mend(self, node: str) -> None:
        self._proxies.mend(node)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
