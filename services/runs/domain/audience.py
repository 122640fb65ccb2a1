"""Who may read what lies in one project and not what lies in another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.runs.domain.project import Project
from shared.permissions import Action, may

STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody with a key for everything and no rights but these roles."""

    username: str
    roles: Mapping[str, str] = field(default_factory=dict)
    principal_id: str | None = STRANGER
    admin: bool = False
    elevated: bool = False
    scope: str = "full"
    organizations: Mapping[str, str] = field(default_factory=dict)
    link: None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """`everyone`: whoever is in neither team; `people`: members by name, in order."""

    everyone: bool
    people: tuple[str, ...]


def lost_between(source: Project, target: Project, staff: Mapping[str, Mapping[str, str]]) -> Loss:
    """Who reads `source` and not `target`; `staff` maps each entity to its people's roles."""
    names = sorted({name for people in staff.values() for name in people})
    readers = [
        Reader(
            username=name,
            roles={entity: people[name] for entity, people in staff.items() if name in people},
        )
        for name in names
    ]
    losing = tuple(one.username for one in readers if _loses(one, source, target))
    return Loss(everyone=_loses(Reader(username=""), source, target), people=losing)


def _loses(reader: Reader, source: Project, target: Project) -> bool:
    return may(reader, Action.READ, source) and not may(reader, Action.READ, target)
