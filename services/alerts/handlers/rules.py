"""Rules: create, list, get, change, delete."""

from __future__ import annotations

from collections.abc import Sequence

from faststream.nats import NatsRouter

from services.alerts.dependencies import (
    ChannelStore,
    PatternGate,
    RuleStore,
    TheClock,
    TheRulebook,
    TheRuns,
)
from services.alerts.domain import event_filter, template
from services.alerts.domain.access import require_member
from services.alerts.domain.artifact import ArtifactChange
from services.alerts.domain.baseline import of_one, wanted
from services.alerts.domain.comparison import Regression, Zscore
from services.alerts.domain.condition import Condition
from services.alerts.domain.kinds import condition_of
from services.alerts.domain.rule import Rule, checked_once, key_of_team
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
from shared.kit.outbox import Announcement
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()

_A_NAME = "a-run"
"""Stands for the name of whichever run is asked about."""


@serve(router, CREATE_RULE)
async def create_rule(
    ask: CreateRule,
    caller: TheCaller,
    rules: RuleStore,
    channels: ChannelStore,
    runs: TheRuns,
    rulebook: TheRulebook,
    accept_pattern: PatternGate,
    clock: TheClock,
) -> RuleView:
    """Watched from now on."""
    place = await place_of(runs, caller, ask.entity, ask.project)
    require_edit(place)
    when = condition_of(ask.when.model_dump())
    await _check(runs, caller, place, when, ask, accept_pattern)
    once = checked_once(when, ask.once_per_run)
    at = clock()
    rule = Rule(
        id=new_id(),
        project_id=place.id,
        entity=place.entity,
        project=place.name or None,
        name=ask.name,
        description=ask.description,
        when=when,
        notify=await _named(channels, place.entity, ask.notify),
        title=ask.title or None,
        text=ask.text or None,
        payload=ask.payload or None,
        severity=ask.severity,
        cooldown_s=ask.cooldown_s,
        once_per_run=once,
        enabled=ask.enabled,
        created_by=caller.username,
        created_at=at,
        updated_at=at,
        filters=ask.filters or None,
    )
    await _note_places(rules, runs, place)
    await rules.create(rule, await _watches(rules, rule))
    rulebook.forget(place.id)
    return rule_view(rule, await channels.load(rule.notify))


@serve(router, LIST_RULES)
async def list_rules(
    ask: ListRules, caller: TheCaller, rules: RuleStore, channels: ChannelStore, runs: TheRuns
) -> contracts.Rules:
    """For whoever may read the projects that they are of."""
    if ask.project is not None:
        place = await place_of(runs, caller, ask.entity, ask.project)
        found = await rules.of_project(place.id)
        if ask.entity in caller.roles:
            found = [*found, *await rules.of_project(key_of_team(place.entity))]
    else:
        team = require_member(caller, ask.entity)
        found = await _seen(runs, caller, await rules.of_entity(team))
    found = [rule for rule in found if ask.name in (None, rule.name)]
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
    accept_pattern: PatternGate,
    clock: TheClock,
) -> RuleView:
    """What it remembers of runs is forgotten: it looks from now on."""
    rule, place = await _found(rules, runs, caller, ask.id)
    require_edit(place)
    when = condition_of(ask.when.model_dump()) if ask.when is not None else None
    checked_once(when or rule.when, ask.once_per_run)
    await _check(runs, caller, place, when, ask, accept_pattern)
    notify = None
    if ask.notify is not None:
        notify = await _named(channels, place.entity, ask.notify)
    given = ask.model_dump(exclude={"id", "when", "notify"})
    rule.change(clock(), when=when, notify=notify, **given)
    await rules.save(rule, await _watches(rules, rule))
    rulebook.forget(rule.project_id)
    return rule_view(rule, await channels.load(rule.notify))


@serve(router, DELETE_RULE)
async def delete_rule(
    ask: DeleteRule, caller: TheCaller, rules: RuleStore, runs: TheRuns, rulebook: TheRulebook
) -> Nothing:
    """What it has fired stays."""
    rule, place = await _found(rules, runs, caller, ask.id)
    require_edit(place)
    await rules.delete(rule.id, await _watches(rules, rule, gone=True))
    rulebook.forget(rule.project_id)
    return Nothing()


@serve(router, LIST_WATCHES)
async def list_watches(ask: ListWatches, rules: RuleStore) -> Watches:
    """Everything that is watched anywhere."""
    return Watches(items=[watch_of(found) for found in await rules.everything_watched()])


async def place_of(runs: Runs, caller: Caller, entity: str, project: str | None) -> ProjectFacts:
    """The project that a rule is of, or the whole team; hidden and absent look the same."""
    if project is not None:
        return await runs.project(caller, entity, project)
    team = require_member(caller, entity)
    elevated = caller.admin and caller.elevated
    may_edit = elevated or caller.roles.get(team) in ("admin", "owner", "member")
    return ProjectFacts(key_of_team(team), team, "", may_edit and caller.scope == "full")


def require_edit(place: ProjectFacts) -> None:
    """Forbidden for who may only look."""
    if not place.may_edit:
        where = place.entity if not place.name else f"{place.entity}/{place.name}"
        raise Forbidden(f"permission denied: you may not change rules of {where}.")


async def _found(
    rules: Rules, runs: Runs, caller: Caller, rule_id: str
) -> tuple[Rule, ProjectFacts]:
    """Hidden and absent look the same."""
    rule = await rules.get(rule_id)
    try:
        return rule, await place_of(runs, caller, rule.entity, rule.project)
    except NotFound:
        raise NotFound("No such rule.") from None


async def _seen(runs: Runs, caller: Caller, rules: Sequence[Rule]) -> list[Rule]:
    """Those whose project the caller may read."""
    seen: dict[str, bool] = {}
    for rule in rules:
        if rule.project_id not in seen:
            try:
                await place_of(runs, caller, rule.entity, rule.project)
                seen[rule.project_id] = True
            except (NotFound, Forbidden):
                seen[rule.project_id] = False
    return [rule for rule in rules if seen[rule.project_id]]


async def _named(channels: Channels, team: str, names: Sequence[str]) -> list[str]:
    """The ids of channels, each once, by their names or ids."""
    found = await channels.of_team(team)
    known = {channel.id: channel.id for channel in found}
    known |= {channel.name: channel.id for channel in found}
    for name in names:
        if name not in known:
            raise Invalid(f"notify: {team} has no channel {name!r}.", field="notify")
    return list(dict.fromkeys(known[name] for name in names))


async def _check(
    runs: Runs,
    caller: Caller,
    place: ProjectFacts,
    when: Condition | None,
    ask: CreateRule | UpdateRule,
    accept_pattern: PatternGate,
) -> None:
    """What only the owner of a language can check: filters, templates."""
    if isinstance(when, ArtifactChange):
        event_filter.checked(when.filters, accept_pattern)
    if text := ask.filters:
        await runs.check_filters(caller, place, text)
        await _check_asked(runs, caller, place, "filters", of_one(_A_NAME, text))
    if isinstance(when, Regression | Zscore) and when.filters:
        await runs.check_filters(caller, place, when.filters)
        asked = wanted(when.measure, when.metric, higher_is_better=True, but_not=[_A_NAME])
        await _check_asked(runs, caller, place, "when.filters", asked.filters)
    if ask.payload:
        template.checked(ask.payload, "payload")
    for field in ("title", "text"):
        if said := getattr(ask, field):
            template.check_variables(said, field)


async def _check_asked(
    runs: Runs, caller: Caller, place: ProjectFacts, field: str, asked: str
) -> None:
    """A filter in the form in which it will be asked, which has clauses of our own."""
    try:
        await runs.check_filters(caller, place, asked)
    except Invalid as error:
        raise Invalid(
            f"{field}: too much together with what a rule adds to it ({error.message})",
            field=field,
        ) from error


async def _note_places(rules: Rules, runs: Runs, place: ProjectFacts) -> None:
    """Which projects are the team's: later ones are noted when their first run starts."""
    projects = [place] if place.name else await runs.projects(place.entity)
    await rules.note_places(place.entity, [project.id for project in projects])


async def _watches(rules: Rules, rule: Rule, *, gone: bool = False) -> list[Announcement]:
    """The news of what is watched in every project that a rule is of, once it has changed."""
    places = [rule.project_id] if rule.project else await rules.places(rule.entity)
    news = []
    for place, known in (await rules.of_projects(places)).items():
        others = [other for other in known if other.id != rule.id]
        news.append(watch_changed(place, others if gone else [*others, rule]))
    return news
