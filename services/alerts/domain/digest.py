"""A digest: what one mailbox is told together. A bad night is a few mails and not a thousand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.alerts.domain.delivery import Delivery

EVERY = timedelta(minutes=15)
MOST = 500
"""In one mail; what is beyond goes into the next."""


def may_leave_at(last: datetime | None, now: datetime) -> datetime:
    """When the next mail to a mailbox may leave; the first one leaves at once."""
    return max(now, last + EVERY) if last is not None else now


def together(deliveries: Sequence[Delivery]) -> Delivery:
    """One delivery that says what all of them say; a single one stays as it is."""
    first, *others = deliveries
    if not others:
        return first
    facts = [json.loads(one.facts) for one in deliveries]
    return replace(first, facts=json.dumps({**facts[0], "digest": facts}))
