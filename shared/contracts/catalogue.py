"""Every subject there is, found in the contract modules, and the page that lists them."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from shared.contracts import alerts, dead_letters, health, identity, runs
from shared.contracts._kinds import Call, Event, Feed, Message

MODULES: tuple[ModuleType, ...] = (identity, runs, alerts, health, dead_letters)


def calls() -> Iterator[tuple[str, Call[Any, Any]]]:
    """Constant name and contract of every question."""
    return _found(Call)


def events() -> Iterator[tuple[str, Event[Any]]]:
    """Constant name and contract of everything announced."""
    return _found(Event)


def feeds() -> Iterator[tuple[str, Feed]]:
    """Constant name and contract of every feed."""
    return _found(Feed)


def render() -> str:
    """`docs/subjects.md`, whole."""
    lines = [
        "# Subjects",
        "",
        "Printed from `shared/contracts` by `make docs`; a test keeps it true.",
        "",
        "## Calls",
        "",
        "| subject | constant | owner | question | answer |",
        "|---|---|---|---|---|",
    ]
    for name, call in sorted(calls(), key=lambda pair: pair[1].subject):
        ask, answer = _fields(call.ask), _fields(call.answer)
        lines.append(f"| `{call.subject}` | `{name}` | {call.owner} | {ask} | {answer} |")
    lines += ["", "## Events", "", "| subject | constant | owner | body |", "|---|---|---|---|"]
    for name, event in sorted(events(), key=lambda pair: pair[1].subject):
        lines.append(f"| `{event.subject}` | `{name}` | {event.owner} | {_fields(event.body)} |")
    lines += ["", "## Feeds", "", "| subject | constant | owner | form |", "|---|---|---|---|"]
    for name, feed in sorted(feeds(), key=lambda pair: pair[1].subject):
        lines.append(f"| `{feed.subject}.<shard>` | `{name}` | {feed.owner} | `{feed.form}` |")
    return "\n".join(lines) + "\n"


def _found(kind: type[Any]) -> Iterator[tuple[str, Any]]:
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, kind):
                yield name, value


def _fields(model: type[Message]) -> str:
    names = ", ".join(
        name if field.is_required() else f"{name}?" for name, field in model.model_fields.items()
    )
    return f"`{model.__name__}` ({names})" if names else f"`{model.__name__}`"
