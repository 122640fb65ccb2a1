"""How a service says that it can do its work: a durable write went through."""

from __future__ import annotations

from shared.contracts._kinds import Call, Message


class CheckHealth(Message):
    """Write something durable and say whether it worked."""


class Health(Message):
    """`ok` only if the write was acknowledged as on disk; `detail` is for operators."""

    service: str
    ok: bool
    detail: str = ""


CHECK_IDENTITY = Call("identity.health.check", CheckHealth, Health)
CHECK_RUNS = Call("runs.health.check", CheckHealth, Health)
CHECK_ALERTS = Call("alerts.health.check", CheckHealth, Health)
