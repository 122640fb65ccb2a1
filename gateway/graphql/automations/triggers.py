"""A rule as a trigger: what it is about, and how the SDK says what it waits for and does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.graphql.automations import actions, events
from gateway.graphql.context import Info, context_of
from gateway.graphql.numbered import from_numbered
from shared.contracts.alerts import LIST_CHANNELS, LIST_RULES, ListChannels, ListRules, RuleView
from shared.contracts.identity import Caller
from shared.contracts.runs import GET_COLLECTION, GET_PROJECT, GetCollection, GetProject
from shared.dialect import decode_row
from shared.errors import Forbidden, Invalid, NotFound
from shared.kit.ids import from_global

COLLECTION = "ArtifactCollection"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A rule and how the SDK says what it waits for and what it does."""

    rule: RuleView
    event: str
    filter: str
    action: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Where:
    """What a scope's id stands for."""

    entity: str
    project: str | None
    collection_id: str | None = None


async def where_of(info: Info, kind: str, global_id: str) -> Where:
    ask = context_of(info).ask
    if kind == "PROJECT":
        question = GetProject(id=from_global("Project", global_id))
        found = await ask(GET_PROJECT, question)
        return Where(found.entity, found.name)
    if kind == "ENTITY":
        return Where(team_of(ask.caller, from_numbered("Entity", global_id, "scopeID")), None)
    view = await ask(GET_COLLECTION, GetCollection(id=from_global(COLLECTION, global_id)))
    if view.project is None:
        raise NotFound("No such collection.")
    return Where(view.project.entity, view.project.name, view.id)


def team_of(caller: Caller, name: str) -> str:
    """An organization has no rules of its own here."""
    if name in caller.organizations and name not in caller.roles:
        raise Invalid("scopeID: rules are of a team, not of an organization.", field="scopeID")
    return name


async def channels_of(info: Info, team: str) -> dict[str, Any]:
    """By their ids; those who may not see them see none."""
    try:
        found = await context_of(info).ask(LIST_CHANNELS, ListChannels(team=team))
    except (NotFound, Forbidden):
        return {}
    return {channel.id: channel for channel in found.items}


async def triggers_of(
    info: Info, owner: str, project_name: str | None, name: str | None
) -> list[Trigger]:
    question = ListRules(entity=owner, project=project_name, name=name)
    try:
        rules = await context_of(info).ask(LIST_RULES, question)
    except NotFound:
        return []
    channels = await channels_of(info, owner)
    found = (trigger_of(rule, channels) for rule in rules.items)
    return [one for one in found if one is not None]


def trigger_of(rule: RuleView, channels: actions.Channels) -> Trigger | None:
    """None for what the SDK has no words for."""
    said, done = events.said_of(rule), actions.said_of(rule, channels)
    return Trigger(rule, *said, done) if said is not None and done is not None else None


def says_same(before: Trigger, event: str, text: str, collection_id: str | None) -> bool:
    known: Any = decode_row(before.filter)
    known = decode_row(known["filter"]) if set(known) == {"filter"} else known
    same_place = getattr(before.rule.when, "collection_id", None) == collection_id
    return before.event == event and known == decode_row(text) and same_place
