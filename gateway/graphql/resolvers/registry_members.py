"""Whom a registry names, and as what (wire-protocol §7.12): people, and whole teams."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType, ObjectType

from gateway.graphql.context import Info, context_of
from gateway.graphql.numbered import from_numbered, to_numbered
from gateway.graphql.resolvers.entities import Entity
from shared.contracts.runs import (
    GET_PROJECT,
    SET_PROJECT_MEMBER,
    GetProject,
    ProjectView,
    SetProjectMember,
)
from shared.kit.ids import from_global

mutation, project = MutationType(), ObjectType("Project")

FIRST_ROLE = "member"
"""Of whoever is added; the SDK names another afterwards."""


@project.field("members")
def resolve_members(found: ProjectView, _: Info) -> list[dict[str, Any]]:
    """People by name, told to those who manage the project."""
    return [
        {
            "id": to_numbered("User", username),
            "name": username,
            "username": username,
            "email": None,
            "role": {"name": role},
        }
        for username, role in sorted(found.members.items())
    ]


@project.field("teamMembers")
def resolve_team_members(found: ProjectView, _: Info) -> list[dict[str, Any]]:
    return [
        {"team": Entity(team, "team"), "role": {"name": role}}
        for team, role in sorted(found.teams.items())
    ]


@mutation.field("createProjectMembers")
async def create_members(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    """Whoever is named already keeps the role."""
    found = await _project(info, input)
    for username in _people(input):
        if username not in found.members:
            await _set(info, found, username=username, role=FIRST_ROLE)
    for team in _teams(input):
        if team not in found.teams:
            await _set(info, found, team=team, role=FIRST_ROLE)
    return {"success": True}


@mutation.field("deleteProjectMembers")
async def delete_members(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    found = await _project(info, input)
    for username in _people(input):
        await _set(info, found, username=username)
    for team in _teams(input):
        await _set(info, found, team=team)
    return {"success": True}


@mutation.field("updateProjectMember")
async def update_member(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    username = from_numbered("User", input["userId"], "userId")
    role = input["userProjectRole"]
    await _set(info, await _project(info, input), username=username, role=role)
    return {"success": True}


@mutation.field("updateProjectTeamMember")
async def update_team(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    team = from_numbered("Entity", input["teamId"], "teamId")
    role = input["teamProjectRole"]
    await _set(info, await _project(info, input), team=team, role=role)
    return {"success": True}


async def _project(info: Info, input: dict[str, Any]) -> ProjectView:
    question = GetProject(id=from_global("Project", input["projectId"]))
    return await context_of(info).ask(GET_PROJECT, question)


async def _set(info: Info, found: ProjectView, **named: str) -> None:
    change = SetProjectMember(entity=found.entity, project=found.name, **named)
    await context_of(info).ask(SET_PROJECT_MEMBER, change)


def _people(input: dict[str, Any]) -> list[str]:
    return [from_numbered("User", one, "userIds") for one in input.get("userIds") or []]


def _teams(input: dict[str, Any]) -> list[str]:
    return [from_numbered("Entity", one, "teamIds") for one in input.get("teamIds") or []]


BINDABLES = (mutation, project)
