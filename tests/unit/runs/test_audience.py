"""Who stops reading runs that go to another project."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.runs.domain.audience import Loss, lost_between
from services.runs.domain.project import Project
from shared.permissions import Visibility

THEN = datetime(2026, 1, 1, tzinfo=UTC)
PEAKS = {"ada": "admin", "bo": "member", "cy": "viewer", "ci": "service"}
VALLEY = {"bo": "admin"}
OWN = {"dee": "owner"}


def place(entity: str, visibility: Visibility, **named: str) -> Project:
    return Project(
        id=f"{entity}-{visibility}",
        number=1,
        entity=entity,
        name="p",
        visibility=visibility,
        created_at=THEN,
        updated_at=THEN,
        members=named,
    )


@pytest.mark.parametrize(
    ("source", "target", "loss"),
    [
        pytest.param(
            place("peaks", Visibility.TEAM),
            place("valley", Visibility.TEAM),
            Loss(everyone=False, people=("ada", "ci", "cy")),
            id="to another team: all but those who are in both",
        ),
        pytest.param(
            place("peaks", Visibility.PUBLIC),
            place("peaks", Visibility.TEAM),
            Loss(everyone=True, people=()),
            id="out of the public: strangers, but no member",
        ),
        pytest.param(
            place("peaks", Visibility.TEAM),
            place("peaks", Visibility.RESTRICTED, cy="viewer"),
            Loss(everyone=False, people=("bo", "ci")),
            id="into a restricted project: whom it does not name",
        ),
        pytest.param(
            place("dee", Visibility.PRIVATE),
            place("peaks", Visibility.TEAM),
            Loss(everyone=False, people=("dee",)),
            id="out of one's own space into a team that one is not in",
        ),
        pytest.param(
            place("peaks", Visibility.TEAM),
            place("valley", Visibility.OPEN),
            Loss(everyone=False, people=()),
            id="into the open: nobody",
        ),
    ],
)
def test_who_loses_access(source: Project, target: Project, loss: Loss) -> None:
    everybody = {"peaks": PEAKS, "valley": VALLEY, "dee": OWN}
    staff = {place.entity: everybody[place.entity] for place in (source, target)}
    assert lost_between(source, target, staff) == loss
