"""Automations of the SDK's public API: rules, in its words (wire-protocol §9.2)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ariadne import MutationType, ObjectType, UnionType

from gateway.graphql.automations import actions, events
from gateway.graphql.automations.triggers import (
    Trigger,
    channels_of,
    says_same,
    trigger_of,
    triggers_of,
    where_of,
)
from gateway.graphql.context import Info, context_of
from gateway.graphql.pages import connection, number_of
from gateway.graphql.resolvers.entities import Entity, entity_named
from shared.contracts.alerts import (
    CREATE_CHANNEL,
    CREATE_RULE,
    DELETE_RULE,
    GET_RULE,
    UPDATE_RULE,
    ArtifactWhen,
    CreateChannel,
    CreateRule,
    DeleteRule,
    GetRule,
    UpdateRule,
)
from shared.contracts.runs import (
    GET_COLLECTION,
    GET_PROJECT,
    LIST_PROJECTS,
    CollectionView,
    GetCollection,
    GetProject,
    ListProjects,
    ProjectView,
)
from shared.dialect import decode_row
from shared.errors import Invalid, NotFound
from shared.kit.ids import from_global, to_global

mutation = MutationType()
entity, project, user = ObjectType("Entity"), ObjectType("Project"), ObjectType("User")
trigger = ObjectType("Trigger")
scope = UnionType("TriggerScope")
condition, action = UnionType("TriggeringCondition"), UnionType("TriggeredAction")
integration = UnionType("Integration")

TRIGGER = "Trigger"
_ORDERS = {"name": "name", "createdAt": "created_at", "updatedAt": "updated_at"}


@mutation.field("createFilterTrigger")
async def create_filter_trigger(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    ask = context_of(info).ask
    where = await where_of(info, input["scopeType"], input["scopeID"])
    channels = await channels_of(info, where.entity)
    happening = events.understood(
        input["triggeringEventType"], input["eventFilter"], where.collection_id
    )
    done = actions.understood(
        input["triggeredActionType"], input["triggeredActionConfig"], channels
    )
    question = CreateRule(
        entity=where.entity,
        project=where.project,
        name=input["name"],
        description=input.get("description") or "",
        enabled=input["enabled"],
        when=happening.when,
        filters=happening.filters,
        notify=done.notify,
        title=done.title,
        text=done.text,
        payload=done.payload,
        severity=done.severity or "info",
    )
    return {"trigger": trigger_of(await ask(CREATE_RULE, question), channels)}


@mutation.field("updateFilterTrigger")
async def update_filter_trigger(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """What says the same as before stays as it is: rules may know more than the SDK can say."""
    ask = context_of(info).ask
    rule = await ask(GET_RULE, GetRule(id=from_global(TRIGGER, input["id"])))
    channels = await channels_of(info, rule.entity)
    before = trigger_of(rule, channels)
    given: dict[str, Any] = {
        name: input[name] for name in ("name", "description", "enabled") if name in input
    }
    collection_id = getattr(rule.when, "collection_id", None)
    if input.get("scopeID"):
        where = await where_of(info, input.get("scopeType") or "PROJECT", input["scopeID"])
        if (where.entity, where.project) != (rule.entity, rule.project):
            raise Invalid("scopeID: a rule stays where it was made.", field="scopeID")
        collection_id = where.collection_id
    event, text = input.get("triggeringEventType"), input.get("eventFilter")
    if event and text and (before is None or not says_same(before, event, text, collection_id)):
        happening = events.understood(event, text, collection_id)
        given |= {"when": happening.when, "filters": happening.filters or ""}
    if input.get("triggeredActionType"):
        config = input.get("triggeredActionConfig") or {}
        done = actions.understood(input["triggeredActionType"], config, channels)
        given |= {"title": done.title, "text": done.text, "payload": done.payload}
        if done.severity is not None:
            given["severity"] = done.severity
        if done.notify != rule.channels[: len(done.notify)] or not done.notify:
            given["notify"] = done.notify
    return {
        "trigger": trigger_of(await ask(UPDATE_RULE, UpdateRule(id=rule.id, **given)), channels)
    }


@mutation.field("deleteTrigger")
async def delete_trigger(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    rule_id = from_global(TRIGGER, input["triggerID"])
    await context_of(info).ask(DELETE_RULE, DeleteRule(id=rule_id))
    return {"success": True}


@mutation.field("createGenericWebhookIntegration")
async def create_webhook_integration(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """A channel. Its secret is ours; a reference would be to a store that there is not."""
    for field in ("accessTokenRef", "secretRef"):
        if input.get(field):
            raise Invalid(f"{field}: give the secret to the channel itself.", field=field)
    question = CreateChannel(
        team=input["entityName"], name=input["name"], kind="webhook", url=input["urlEndpoint"]
    )
    made = await context_of(info).ask(CREATE_CHANNEL, question)
    return {"integration": actions.integration_of(made)}


@entity.field("triggers")
async def resolve_entity_triggers(
    found: Entity,
    info: Info,
    first: int | None = None,
    after: str | None = None,
    order: str | None = None,
    filters: str | None = None,
) -> dict[str, Any]:
    wanted: Any = decode_row(filters) if filters else {}
    if set(wanted) - {"name"}:
        raise Invalid("filters: only name can be asked for.", field="filters")
    triggers = await triggers_of(info, found.name, None, wanted.get("name"))
    name = (order or "createdAt").lstrip("+-")
    if name not in _ORDERS:
        raise Invalid(f"order: one of {', '.join(_ORDERS)}.", field="order")
    descending = (order or "").startswith("-")
    triggers.sort(key=lambda one: getattr(one.rule, _ORDERS[name]), reverse=descending)
    return _page(triggers, first, after)


@project.field("triggers")
async def resolve_project_triggers(found: ProjectView, info: Info) -> list[Trigger]:
    return await triggers_of(info, found.entity, found.name, None)


@entity.field("integrations")
async def resolve_integrations(
    found: Entity, info: Info, first: int | None = None, after: str | None = None
) -> dict[str, Any]:
    """Channels that the SDK has a word for; mail has none."""
    channels = await channels_of(info, found.name)
    known = [actions.integration_of(one) for one in channels.values() if one.kind != "email"]
    return _page(known, first, after)


@user.field("projects")
async def resolve_own_projects(
    _: Any, info: Info, first: int | None = None, after: str | None = None
) -> dict[str, Any]:
    """Of all the caller's teams and of their own space, one entity a page."""
    ask = context_of(info).ask
    entities = sorted(ask.caller.roles)
    number, _sign, cursor = (after or "0:").partition(":")
    index = number_of(number, "after")
    if index >= len(entities):
        return connection([], None)
    question = ListProjects(entity=entities[index], limit=first or 50, cursor=cursor or None)
    page = await ask(LIST_PROJECTS, question)
    following = f"{index}:{page.next}" if page.next else f"{index + 1}:"
    more = page.next is not None or index + 1 < len(entities)
    return connection(page.items, following if more else None)


@trigger.field("id")
def resolve_id(found: Trigger, _: Info) -> str:
    return to_global(TRIGGER, found.rule.id)


for _field in ("name", "description", "enabled", "created_at", "updated_at"):
    _words = _field.split("_")
    trigger.set_field(
        _words[0] + "".join(word.title() for word in _words[1:]),
        lambda found, _, field=_field: getattr(found.rule, field),
    )


@trigger.field("scope")
async def resolve_scope(found: Trigger, info: Info) -> Any:
    """The collection, the project or the team that the rule is about."""
    rule, ask = found.rule, context_of(info).ask
    if isinstance(rule.when, ArtifactWhen) and rule.when.collection_id is not None:
        with suppress(NotFound):  # it was deleted; the rule is still the project's
            return await ask(GET_COLLECTION, GetCollection(id=rule.when.collection_id))
    if rule.project is None:
        return entity_named(rule.entity, ask.caller)
    return await ask(GET_PROJECT, GetProject(entity=rule.entity, project=rule.project))


@trigger.field("triggeringCondition")
def resolve_condition(found: Trigger, _: Info) -> dict[str, Any]:
    return {"eventType": found.event, "filter": found.filter}


@trigger.field("triggeredAction")
def resolve_action(found: Trigger, _: Info) -> dict[str, Any]:
    return found.action


@scope.type_resolver
def scope_type(found: Any, *_: Any) -> str:
    if isinstance(found, CollectionView):
        return "ArtifactPortfolio" if found.kind == "portfolio" else "ArtifactSequence"
    return "Entity" if isinstance(found, Entity) else "Project"


@condition.type_resolver
def condition_type(*_: Any) -> str:
    return "FilterEventTriggeringCondition"


@action.type_resolver
@integration.type_resolver
def type_of(found: dict[str, Any], *_: Any) -> str:
    kind: str = found["__typename"]
    return kind


def _page(items: Sequence[Any], first: int | None, after: str | None) -> dict[str, Any]:
    start = number_of(after, "after") if after else 0
    end = start + (first or 50)
    numbers = [str(number + 1) for number in range(start, min(end, len(items)))]
    following = str(end) if end < len(items) else None
    return connection(items[start:end], following, len(items), numbers)


BINDABLES = (mutation, entity, project, user, trigger, scope, condition, action, integration)
