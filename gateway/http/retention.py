"""Retention and legal hold of teams and projects."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gateway.dependencies import AskAs
from shared.contracts.runs import (
    APPLY_RETENTION,
    GET_RETENTION,
    SET_HOLD,
    SET_RETENTION,
    ApplyRetention,
    GetRetention,
    RetentionOutcome,
    RetentionRule,
    RetentionView,
    SetHold,
    SetRetention,
)

router = APIRouter(tags=["retention"])

TEAM = "/teams/{team}/retention"
PROJECT = "/projects/{entity}/{project}/retention"
PATIENCE = 120.0


class HoldBody(BaseModel):
    """With a reason the hold begins; null ends it."""

    model_config = ConfigDict(extra="forbid")

    reason: str | None = Field(default=None, max_length=1_000)


class ApplyBody(BaseModel):
    """Without `dry_run: false` nothing is touched."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = True


@router.get(TEAM)
async def get_team_retention(team: str, ask: AskAs) -> RetentionView:
    """What holds where a project says nothing. For admins of the team."""
    return await ask(GET_RETENTION, GetRetention(entity=team))


@router.put(TEAM)
async def set_team_retention(team: str, body: RetentionRule, ask: AskAs) -> RetentionView:
    """All of it."""
    return await ask(SET_RETENTION, SetRetention(entity=team, rule=body))


@router.put(TEAM + "/hold")
async def set_team_hold(team: str, body: HoldBody, ask: AskAs) -> RetentionView:
    """Nothing of any project of the team goes for good, as long as it lasts."""
    return await ask(SET_HOLD, SetHold(entity=team, reason=body.reason))


@router.get(PROJECT)
async def get_project_retention(entity: str, project: str, ask: AskAs) -> RetentionView:
    """What the project says, and what holds in it. For those who manage it."""
    return await ask(GET_RETENTION, GetRetention(entity=entity, project=project))


@router.put(PROJECT)
async def set_project_retention(
    entity: str, project: str, body: RetentionRule, ask: AskAs
) -> RetentionView:
    """All of it; what is null is as the team has it."""
    return await ask(SET_RETENTION, SetRetention(entity=entity, project=project, rule=body))


@router.put(PROJECT + "/hold")
async def set_project_hold(entity: str, project: str, body: HoldBody, ask: AskAs) -> RetentionView:
    """Nothing of the project goes for good, as long as it lasts."""
    return await ask(SET_HOLD, SetHold(entity=entity, project=project, reason=body.reason))


@router.post(PROJECT + ":apply")
async def apply_retention(
    entity: str, project: str, body: ApplyBody, ask: AskAs
) -> RetentionOutcome:
    """Now, instead of within the hour. A dry run names what would go."""
    question = ApplyRetention(entity=entity, project=project, dry_run=body.dry_run)
    return await ask(APPLY_RETENTION, question, PATIENCE)
