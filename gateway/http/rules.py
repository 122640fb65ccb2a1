"""`/api/v1/.../rules`: what to watch for in a project's runs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.dependencies import AskAs, AskAsAnybody
from gateway.http.forms import Moment, json_text
from shared.contracts.alerts import (
    CREATE_RULE,
    DELETE_RULE,
    GET_RULE,
    LIST_RULES,
    PREVIEW_RULE,
    UPDATE_RULE,
    CreateRule,
    DeleteRule,
    GetRule,
    ListRules,
    Preview,
    PreviewRule,
    RuleView,
    Severity,
    UpdateRule,
    When,
)

router = APIRouter(tags=["rules"])

Name = Annotated[str, Field(min_length=1, max_length=255)]
Said = Annotated[str, Field(max_length=16_384)]
Template = str | dict[str, Any] | list[Any]
Cooldown = Annotated[float, Field(ge=0, le=30 * 86_400)]


class RuleBody(BaseModel):
    """`notify` names channels of the team; `filters` is the SDK's MongoDB-like JSON.

    `title` and `text` are said instead of our own words, `payload` is what a webhook is sent: all
    with `${variables}`.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: Said = ""
    when: When
    notify: Annotated[list[str], Field(max_length=20)] = []
    title: Said | None = None
    text: Said | None = None
    payload: Template | None = None
    severity: Severity = "warn"
    cooldown_s: Cooldown = 0.0
    once_per_run: bool | None = None
    filters: dict[str, Any] | None = None
    enabled: bool = True


class RuleChange(BaseModel):
    """What is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    description: Said | None = None
    when: When | None = None
    notify: Annotated[list[str] | None, Field(max_length=20)] = None
    title: Said | None = None
    text: Said | None = None
    payload: Template | None = None
    severity: Severity | None = None
    cooldown_s: Cooldown | None = None
    once_per_run: bool | None = None
    filters: dict[str, Any] | None = None
    enabled: bool | None = None
    snoozed_until: Moment | None = None


class PreviewBody(BaseModel):
    """A condition to try on the last runs."""

    model_config = ConfigDict(extra="forbid")

    when: When
    filters: dict[str, Any] | None = None
    runs: Annotated[int, Field(ge=1, le=100)] = 20
    since: Moment | None = None
    cursor: str | None = None


@router.post("/projects/{entity}/{project}/rules", status_code=201)
async def create_rule(entity: str, project: str, body: RuleBody, ask: AskAs) -> RuleView:
    """Watch from now on. Members of the project may."""
    return await ask(CREATE_RULE, _question(entity, project, body))


@router.post("/teams/{team}/rules", status_code=201)
async def create_team_rule(team: str, body: RuleBody, ask: AskAs) -> RuleView:
    """Watch all projects of a team, those to come too. Members of the team may."""
    return await ask(CREATE_RULE, _question(team, None, body))


@router.get("/projects/{entity}/{project}/rules")
async def list_rules(
    entity: str, project: str, ask: AskAsAnybody, limit: Annotated[int, Query(ge=1)] = 1000
) -> dict[str, Any]:
    """Rules of a project and of its team, the oldest first; never more than one page."""
    found = await ask(LIST_RULES, ListRules(entity=entity, project=project))
    return {"items": [rule.model_dump(mode="json") for rule in found.items[:limit]], "next": None}


@router.get("/teams/{team}/rules")
async def list_team_rules(
    team: str, ask: AskAs, name: str | None = None, limit: Annotated[int, Query(ge=1)] = 1000
) -> dict[str, Any]:
    """Rules of a team and of those of its projects that the caller may read."""
    found = await ask(LIST_RULES, ListRules(entity=team, project=None, name=name))
    return {"items": [rule.model_dump(mode="json") for rule in found.items[:limit]], "next": None}


@router.post("/projects/{entity}/{project}/rules:preview")
async def preview_rule(entity: str, project: str, body: PreviewBody, ask: AskAsAnybody) -> Response:
    """On which of the last runs such a rule would have fired."""
    question = PreviewRule(
        entity=entity,
        project=project,
        when=body.when,
        filters=_text(body.filters, "filters"),
        runs=body.runs,
        since=body.since,
        cursor=body.cursor,
    )
    found: Preview = await ask(PREVIEW_RULE, question, patience=60.0)
    return Response(found.model_dump_json(), media_type="application/json")


@router.get("/rules/{rule_id}")
async def get_rule(rule_id: str, ask: AskAsAnybody) -> RuleView:
    """One rule."""
    return await ask(GET_RULE, GetRule(id=rule_id))


@router.patch("/rules/{rule_id}")
async def update_rule(rule_id: str, body: RuleChange, ask: AskAs) -> RuleView:
    """Change it; it looks from now on."""
    given = body.model_dump(exclude={"when", "filters", "payload"})
    question = UpdateRule(
        id=rule_id,
        when=body.when,
        filters=_text(body.filters, "filters"),
        payload=_text(body.payload, "payload"),
        **given,
    )
    return await ask(UPDATE_RULE, question)


@router.delete("/rules/{rule_id}", status_code=204)
async def delete_rule(rule_id: str, ask: AskAs) -> Response:
    """What it has fired stays."""
    await ask(DELETE_RULE, DeleteRule(id=rule_id))
    return Response(status_code=204)


def _question(entity: str, project: str | None, body: RuleBody) -> CreateRule:
    given = body.model_dump(exclude={"when", "filters", "payload"})
    return CreateRule(
        entity=entity,
        project=project,
        when=body.when,
        filters=_text(body.filters, "filters"),
        payload=_text(body.payload, "payload"),
        **given,
    )


def _text(given: Template | None, field: str) -> str | None:
    """JSON as text; text is taken for JSON that is written already, and nothing for nothing."""
    if given is None or isinstance(given, str):
        return given
    if not given:
        return ""
    return json_text(given, field)
