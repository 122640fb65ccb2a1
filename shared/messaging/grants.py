"""Which service may say and hear what: the NATS permissions, derived from the contracts.

A permission error shows up in code only as a timeout, so `broker.py` logs and counts it.
"""

from __future__ import annotations

from shared.messaging.streams import ALL, owned_by

SERVICES = ("identity", "runs", "alerts")
EVERYBODY = (*SERVICES, "gateway")

MAY_ASK: dict[str, tuple[str, ...]] = {
    "gateway": SERVICES,
    "identity": ("runs",),
    "runs": ("identity", "alerts"),
    "alerts": ("identity", "runs"),
}
"""Whose calls each may make."""

CONSUMES: dict[str, tuple[str, ...]] = {
    "gateway": ("EVENTS",),
    "identity": ("EVENTS", "DEAD"),
    "runs": ("INGEST", "EVENTS"),
    "alerts": ("EVENTS", "WATCHED"),
}
"""From which streams each may read. A wildcard is a whole token in NATS, so a consumer of the
same stream by another name cannot be told apart here."""

PURGES: dict[str, tuple[str, ...]] = {"runs": ("INGEST",)}
"""Who may drop what is applied and old, to make room."""

LOOKS_UP: dict[str, tuple[str, ...]] = {"identity": ("DEAD",)}
"""Who may read single messages by their sequence."""


def inbox_prefix(service: str) -> str:
    """Each hears only its own answers."""
    return f"_INBOX_{service}"


def permissions_for(service: str) -> dict[str, list[str]]:
    """Subjects to publish and to subscribe to; answering a question is always allowed."""
    publish = [f"{owner}.>" for owner in MAY_ASK[service]]
    subscribe = [f"{inbox_prefix(service)}.>", "events.>"]
    if service in SERVICES:
        publish += [f"events.{service}.>", f"dead.{service}.>"]
        subscribe += [f"{service}.>"]
    if service == "gateway":
        publish += ["ingest.*"]
    if service == "runs":
        publish += ["watched.runs.>"]
    for stream in owned_by(service):
        verbs = ("CREATE", "UPDATE", "INFO")
        publish += [f"$JS.API.STREAM.{verb}.{stream.name}" for verb in verbs]
    for name in CONSUMES[service]:
        publish += [
            f"$JS.API.STREAM.INFO.{name}",
            f"$JS.API.CONSUMER.CREATE.{name}.>",
            f"$JS.API.CONSUMER.DURABLE.CREATE.{name}.*",
            f"$JS.API.CONSUMER.INFO.{name}.*",
            f"$JS.API.CONSUMER.DELETE.{name}.*",
            f"$JS.API.CONSUMER.MSG.NEXT.{name}.*",
            f"$JS.ACK.{name}.*.>",
        ]
    publish += [f"$JS.API.STREAM.PURGE.{name}" for name in PURGES.get(service, ())]
    publish += [f"$JS.API.STREAM.MSG.GET.{name}" for name in LOOKS_UP.get(service, ())]
    known = {stream.name for stream in ALL}
    unknown = set(CONSUMES[service]) - known
    if unknown:
        raise ValueError(f"{service} consumes streams that are not declared: {unknown}")
    return {"publish": sorted(set(publish)), "subscribe": sorted(set(subscribe))}
