"""What the audit log is told: who asked, on whose behalf, with which key, from where."""

from __future__ import annotations

from services.identity.domain.audit import Deed, Facts
from shared.contracts.identity import Caller
from shared.kit import clock

SYSTEM = Caller(username="system")
"""Who acts when the process starts."""


def deed(
    caller: Caller,
    action: str,
    thing: str,
    *,
    team: str = "",
    before: Facts | None = None,
    after: Facts | None = None,
) -> Deed:
    """Something done just now; `team` is the entity whose log it belongs to."""
    return Deed(
        at=clock.now(),
        team=team,
        actor=caller.username or "anonymous",
        action=action,
        object=thing,
        on_behalf_of=caller.acting_for,
        key_id=caller.key_id,
        address=caller.address,
        agent=caller.agent[:300] if caller.agent else None,
        before=before,
        after=after,
    )
