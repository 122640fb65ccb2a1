"""Where a run is, as people and CI jobs write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from gateway.cli.client import Client, refuse


@dataclass(frozen=True)
class RunPlace:
    """A run's three names."""

    entity: str
    project: str
    run: str

    @property
    def quoted(self) -> str:
        """`entity/project` for a path."""
        return f"{quote(self.entity, safe='')}/{quote(self.project, safe='')}"


def place_of(text: str, env: Mapping[str, str], server: Client) -> RunPlace:
    """`entity/project/run`, the address of its page, or less where the environment says the rest.

    What is missing comes from WANDB_ENTITY and WANDB_PROJECT, as the SDK takes it; an entity that
    nobody named is the caller's own default.
    """
    parts = _parts(text)
    if not 1 <= len(parts) <= 3 or not all(parts):
        refuse(f"{text}: entity/project/run is meant")
    run = parts[-1]
    project = parts[-2] if len(parts) > 1 else env.get("WANDB_PROJECT", "")
    if not project:
        refuse(f"{text}: in which project? Write entity/project/run, or set WANDB_PROJECT")
    entity = parts[0] if len(parts) == 3 else env.get("WANDB_ENTITY", "")
    if not entity:
        entity = server.get("/users/me")["default_entity"]
    return RunPlace(entity, project, run)


def project_of(text: str, env: Mapping[str, str], server: Client) -> RunPlace:
    """The same for `entity/project`; the run's name is empty."""
    parts = _parts(text)
    found = place_of("/".join([*parts, "-"]), env, server)
    return RunPlace(found.entity, found.project, "")


def _parts(text: str) -> list[str]:
    if "://" in text:
        text = urlsplit(text).path
    parts = [unquote(part) for part in text.strip("/").split("/")]
    return [part for number, part in enumerate(parts) if not (number == 2 and part == "runs")]
