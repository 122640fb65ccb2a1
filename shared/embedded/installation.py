"""What a data dir must remember from one start to the next: form, ports, who wrote the data."""

from __future__ import annotations

import json
import random
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from shared.embedded.failures import CannotStart
from shared.embedded.private_file import write_private

FORMAT = 1
"""Of the data dir. A later Cordée that arranges it differently counts on from here."""

_PORTS = range(20_000, 30_000)  # below what systems hand out to outgoing connections
_random = random.SystemRandom()


@dataclass
class Installation:
    """One data dir's memory. `fresh` is true until it has been saved once."""

    path: Path
    format: int = FORMAT
    ports: dict[str, int] = field(default_factory=dict)
    mongod_series: str | None = None
    fresh: bool = True

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read it, or begin one; data of a later Cordée are refused, never guessed at."""
        if not path.exists():
            return cls(path)
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            found = cls(
                path,
                format=int(kept["format"]),
                ports={str(name): int(port) for name, port in kept["ports"].items()},
                mongod_series=kept["mongod_series"],
                fresh=False,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotStart(f"{path} is damaged: restore it from your backup.") from error
        if found.format > FORMAT:
            raise CannotStart(
                f"{path.parent} was written by a newer Cordée (format {found.format}, this one "
                f"knows {FORMAT}): start that version, or restore an older backup."
            )
        return found

    def save(self) -> None:
        """Keep it. From now on secrets that are missing are a loss, not a first start."""
        kept = {name: value for name, value in asdict(self).items() if name not in _NOT_KEPT}
        write_private(self.path, json.dumps(kept, indent=2) + "\n")
        self.fresh = False

    def port_of(self, name: str) -> int:
        """The port that `name` had at the last start if it is still free, else a new one."""
        kept = self.ports.get(name)
        taken = {port for other, port in self.ports.items() if other != name}
        if kept is None or not is_free("127.0.0.1", kept):
            candidates = (port for port in _shuffled_ports() if port not in taken)
            free = next((port for port in candidates if is_free("127.0.0.1", port)), None)
            if free is None:
                raise CannotStart(f"No free port for {name} from {_PORTS[0]} to {_PORTS[-1]}.")
            self.ports[name] = free
        return self.ports[name]


_NOT_KEPT = ("path", "fresh")


def is_free(host: str, port: int) -> bool:
    """Whether something can listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _shuffled_ports() -> list[int]:
    return _random.sample(_PORTS, len(_PORTS))
