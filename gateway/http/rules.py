"""`/api/v1/.../rules`: what to watch for in a project's runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.dependencies import AskAs, AskAsAnybody
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
Cooldown = Annotated[float, Field(ge=0, le=30 * 86_400)]


class RuleBody(BaseModel):
    """`notify` names channels of the team; `filters` is the SDK's MongoDB-like JSON."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    when: When
    notify: Annotated[list[str], Field(max_length=20)] = []
    severity: Severity = "warn"
    cooldown_s: Cooldown = 0.0
    once_per_run: bool | None = None
    filters: dict[str, Any] | None = None
    enabled: bool = True


class RuleChange(BaseModel):
    """What is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    when: When | None = None
    notify: Annotated[list[str] | None, Field(max_length=20)] = None
    severity: Severity | None = None
    cooldown_s: Cooldown | None = None
    once_per_run: bool | None = None
    filters: dict[str, Any] | None = None
    enabled: bool | None = None
    snoozed_until: datetime | None = None


class PreviewBody(BaseModel):
    """A condition to try on the last runs."""

    model_config = ConfigDict(extra="forbid")

    when: When
    filters: dict[str, Any] | None = None
    runs: Annotated[int, Field(ge=1, le=100)] = 20


@router.post("/projects/{entity}/{project}/rules", status_code=201)
async def create_rule(entity: str, project: str, body: RuleBody, ask: AskAs) -> RuleView:
    """Watch from now on. Members of the project may."""
    given = body.model_dump(exclude={"when", "filters"})
    question = CreateRule(
        entity=entity, project=project, when=body.when, filters=_text(body.filters), **given
    )
    return await ask(CREATE_RULE, question)


@router.get("/projects/{entity}/{project}/rules")
async def list_rules(
    entity: str, project: str, ask: AskAsAnybody, limit: Annotated[int, Query(ge=1)] = 1000
) -> dict[str, Any]:
    """Rules of a project, the oldest first; never more than one page."""
    found = await ask(LIST_RULES, ListRules(entity=entity, project=project))
    return {"items": [rule.model_dump(mode="json") for rule in found.items[:limit]], "next": None}


@router.post("/projects/{entity}/{project}/rules:preview")
async def preview_rule(entity: str, project: str, body: PreviewBody, ask: AskAsAnybody) -> Response:
    """On which of the last runs such a rule would have fired."""
    question = PreviewRule(
        entity=entity,
        project=project,
        when=body.when,
        filters=_text(body.filters),
        runs=body.runs,
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
    given = body.model_dump(exclude={"when", "filters"})
    question = UpdateRule(id=rule_id, when=body.when, filters=_text(body.filters), **given)
    return await ask(UPDATE_RULE, question)


@router.delete("/rules/{rule_id}", status_code=204)
async def delete_rule(rule_id: str, ask: AskAs) -> Response:
    """What it has fired stays."""
    await ask(DELETE_RULE, DeleteRule(id=rule_id))
    return Response(status_code=204)


def _text(filters: dict[str, Any] | None) -> str | None:
    return orjson.dumps(filters).decode() if filters is not None else None
