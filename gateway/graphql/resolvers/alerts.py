"""`run.alert()` of the SDK (wire-protocol §9.1)."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType

from gateway.graphql.context import Info, context_of
from shared.contracts.alerts import RAISE_SCRIPTED, RaiseScripted

mutation = MutationType()

_TITLE, _TEXT = 1_024, 65_536


@mutation.field("notifyScriptableRunAlert")
async def notify_scriptable_run_alert(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """Success also when the same was said a moment ago: the script asked for that."""
    wait = input.get("waitDuration")
    ask = RaiseScripted(
        entity=input["entityName"],
        project=input["projectName"],
        run=input["runName"],
        title=input["title"][:_TITLE],
        text=input["text"][:_TEXT],
        severity=(input.get("severity") or "INFO").lower(),
        wait_ms=max(0, wait) if wait is not None else 60_000,
    )
    await context_of(info).ask(RAISE_SCRIPTED, ask)
    return {"success": True}


BINDABLES = (mutation,)
