"""Founding teams, and the service accounts in them."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType

from gateway.graphql.context import Info, context_of
from gateway.graphql.fresh_keys import FreshKey
from gateway.graphql.resolvers.entities import Entity
from shared.contracts.identity import (
    CREATE_SERVICE_ACCOUNT,
    CREATE_TEAM,
    GET_USER,
    CreateServiceAccount,
    CreateTeam,
    GetUser,
)

mutation = MutationType()


@mutation.field("createTeam")
async def create_team(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    wanted = CreateTeam(name=input["teamName"], admin_username=input.get("teamAdminUserName"))
    team = await context_of(info).ask.changing(CREATE_TEAM, wanted)
    return {"entity": Entity(team.name, "team", team)}


@mutation.field("createServiceAccount")
async def create_service_account(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """The key is told when the SDK loads the team again, which it does at once."""
    context = context_of(info)
    created = await context.ask(
        CREATE_SERVICE_ACCOUNT,
        CreateServiceAccount(team=input["entityName"], name=input["description"]),
    )
    maker = context.ask.caller.principal_id or ""
    context.fresh_keys.put(maker, created.team, FreshKey(created.id, created.api_key))
    return {"user": await context.ask(GET_USER, GetUser(username=created.username))}


BINDABLES = (mutation,)
