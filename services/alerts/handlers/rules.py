"""Rules: create, list, get, change, delete."""

from __future__ import annotations

from collections.abc import Sequence

from faststream.nats import NatsRouter

from services.alerts.dependencies import ChannelStore, RuleStore, TheClock, TheRulebook, TheRuns
from services.alerts.domain.condition import Condition, condition_of
from services.alerts.domain.rule import Rule, once_by_default
from services.alerts.handlers.views import rule_view, watch_changed, watch_of
from services.alerts.ports import Channels, ProjectFacts, Rules, Runs
from shared.contracts import alerts as contracts
from shared.contracts._kinds import Nothing
from shared.contracts.alerts import (
    CREATE_RULE,
    DELETE_RULE,
    GET_RULE,
    LIST_RULES,
    LIST_WATCHES,
    UPDATE_RULE,
    CreateRule,
    DeleteRule,
    GetRule,
    ListRules,
    ListWatches,
    RuleView,
    UpdateRule,
    Watches,
)
from shared.contracts.identity import Caller
from shared.errors import Forbidden, Invalid, NotFound
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, CREATE_RULE)
async def create_rule(
    ask: CreateRule,
    caller: TheCaller,
    rules: RuleStore,
    channels: ChannelStore,
    runs: TheRuns,
    rulebook: TheRulebook,
    clock: TheClock,
) -> RuleView:
    """Watched from now on."""
    project = await editable(runs, caller, ask.entity, ask.project)
    when = condition_of(ask.when.model_dump())
    await _check_filters(runs, caller, project, when, ask.filters)
    once = once_by_default(when) if ask.once_per_run is None else ask.once_per_run
    at = clock()
    rule = Rule(
        id=new_id(),
        project_id=project.id,
        entity=project.entity,
        project=project.name,
        name=ask.name,
        when=when,
        notify=await _named(channels, project.entity, ask.notify),
        severity=ask.severity,
        cooldown_s=ask.cooldown_s,
        once_per_run=once,
        enabled=ask.enabled,
        created_by=caller.username,
        created_at=at,
        updated_at=at,
        filters=ask.filters,
    )
    known = await rules.of_project(project.id)
    await rules.create(rule, [watch_changed(project.id, [*known, rule])])
    rulebook.forget(project.id)
    return rule_view(rule, await channels.load(rule.notify))


@serve(router, LIST_RULES)
async def list_rules(
    ask: ListRules, caller: TheCaller, rules: RuleStore, channels: ChannelStore, runs: TheRuns
) -> contracts.Rules:
    """For whoever may read the project."""
    project = await runs.project(caller, ask.entity, ask.project)
    found = await rules.of_project(project.id)
    named = await channels.load([each for rule in found for each in rule.notify])
    return contracts.Rules(items=[rule_view(rule, named) for rule in found])


@serve(router, GET_RULE)
async def get_rule(
    ask: GetRule, caller: TheCaller, rules: RuleStore, channels: ChannelStore, runs: TheRuns
) -> RuleView:
    """For whoever may read its project."""
    rule, _ = await _found(rules, runs, caller, ask.id)
    return rule_view(rule, await channels.load(rule.notify))


@serve(router, UPDATE_RULE)
async def update_rule(
    ask: UpdateRule,
    caller: TheCaller,
    rules: RuleStore,
    channels: ChannelStore,
    runs: TheRuns,
    rulebook: TheRulebook,
    clock: TheClock,
) -> RuleView:
    """What it remembers of runs is forgotten: it looks from now on."""
    rule, project = await _found(rules, runs, caller, ask.id)
    _require_edit(project)
    when = condition_of(ask.when.model_dump()) if ask.when is not None else None
    await _check_filters(runs, caller, project, when, ask.filters)
    notify = None
    if ask.notify is not None:
        notify = await _named(channels, project.entity, ask.notify)
    given = ask.model_dump(exclude={"id", "when", "notify"})
    rule.change(clock(), when=when, notify=notify, **given)
    others = [other for other in await rules.of_project(rule.project_id) if other.id != rule.id]
    await rules.save(rule, [watch_changed(rule.project_id, [*others, rule])])
    rulebook.forget(rule.project_id)
    return rule_view(rule, await channels.load(rule.notify))


@serve(router, DELETE_RULE)
async def delete_rule(
    ask: DeleteRule, caller: TheCaller, rules: RuleStore, runs: TheRuns, rulebook: TheRulebook
) -> Nothing:
    """What it has fired stays."""
    rule, project = await _found(rules, runs, caller, ask.id)
    _require_edit(project)
    others = [other for other in await rules.of_project(rule.project_id) if other.id != rule.id]
    await rules.delete(rule.id, [watch_changed(rule.project_id, others)])
    rulebook.forget(rule.project_id)
    return Nothing()


@serve(router, LIST_WATCHES)
async def list_watches(ask: ListWatches, rules: RuleStore) -> Watches:
    """Everything that is watched anywhere."""
    return Watches(items=[watch_of(found) for found in await rules.everything_watched()])


async def editable(runs: Runs, caller: Caller, entity: str, name: str) -> ProjectFacts:
    """The project, if the caller may change what is in it."""
    project = await runs.project(caller, entity, name)
    _require_edit(project)
    return project


def _require_edit(project: ProjectFacts) -> None:
    if not project.may_edit:
        raise Forbidden(
            f"permission denied: you may not change rules of {project.entity}/{project.name}."
        )


async def _found(
    rules: Rules, runs: Runs, caller: Caller, rule_id: str
) -> tuple[Rule, ProjectFacts]:
    """Hidden and absent look the same."""
    rule = await rules.get(rule_id)
    try:
        return rule, await runs.project(caller, rule.entity, rule.project)
    except NotFound:
        raise NotFound("No such rule.") from None


async def _named(channels: Channels, team: str, names: Sequence[str]) -> list[str]:
    """The ids of channels, each once."""
    known = {channel.name: channel.id for channel in await channels.of_team(team)}
    for name in names:
        if name not in known:
            raise Invalid(f"notify: {team} has no channel {name!r}.", field="notify")
    return list(dict.fromkeys(known[name] for name in names))


async def _check_filters(
    runs: Runs, caller: Caller, project: ProjectFacts, when: Condition | None, own: str | None
) -> None:
    for filters in (own, getattr(when, "filters", None)):
        if filters:
            await runs.check_filters(caller, project, filters)
