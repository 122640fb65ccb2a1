"""Who asks: the viewer family, and their API keys."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType, ObjectType, QueryType

from gateway.graphql.context import Info, context_of
from gateway.graphql.numbered import to_numbered
from gateway.graphql.resolvers.entities import Entity
from shared.contracts.identity import (
    CREATE_API_KEY,
    GET_USER,
    LIST_API_KEYS,
    REVOKE_API_KEY,
    CreateApiKey,
    GetUser,
    ListApiKeys,
    RevokeApiKey,
    UserView,
)
from shared.errors import Unauthenticated
from shared.kit.ids import from_global, to_global

query, mutation, user = QueryType(), MutationType(), ObjectType("User")

FLAGS = '{"code_saving_enabled": true}'


@query.field("viewer")
async def resolve_viewer(_: Any, info: Info) -> UserView | None:
    """Null for nobody, which the SDK shows as invalid credentials."""
    ask = context_of(info).ask
    if ask.caller.principal_id is None:
        return None
    return await ask(GET_USER, GetUser())


@user.field("id")
def resolve_user_id(found: UserView, _: Info) -> str:
    return to_numbered("User", found.username)


@user.field("flags")
def resolve_flags(_found: UserView, _: Info) -> str:
    return FLAGS


@user.field("entity")
def resolve_entity(found: UserView, _: Info) -> str | None:
    return found.default_entity


@user.field("deletedAt")
def resolve_deleted_at(found: UserView, _: Info) -> Any:
    return found.deleted_at


@user.field("teams")
def resolve_teams(found: UserView, _: Info) -> dict[str, Any]:
    return {"edges": [{"node": Entity(team.name, "team")} for team in found.teams]}


@user.field("apiKeys")
async def resolve_api_keys(found: UserView, info: Info) -> dict[str, Any]:
    """Only their hints: a key is told once."""
    ask = context_of(info).ask
    if ask.caller.principal_id != found.id and not ask.caller.elevated:
        return {"edges": []}
    keys = await ask(LIST_API_KEYS, ListApiKeys(username=found.username))
    return {
        "edges": [
            {
                "node": {
                    "id": _key_id(found.username, key.id),
                    "name": key.hint,
                    "description": key.name,
                }
            }
            for key in keys.items
        ]
    }


@mutation.field("generateApiKey")
async def generate_api_key(_: Any, info: Info, input: dict[str, Any]) -> dict[str, Any]:
    """The SDK reads the secret from `name`, this once (wire-protocol §6.5)."""
    ask = context_of(info).ask
    if ask.caller.principal_id is None:
        raise Unauthenticated("Sign in, or send an API key.")
    key = await ask(CREATE_API_KEY, CreateApiKey(name=input.get("description") or ""))
    key_id = _key_id(ask.caller.username, key.id)
    return {"apiKey": {"id": key_id, "name": key.key, "description": key.name}}


@mutation.field("deleteApiKey")
async def delete_api_key(_: Any, info: Info, input: dict[str, Any]) -> dict[str, bool]:
    """One's own; an administrator of the instance may revoke anybody's."""
    owner, _slash, key_id = from_global("ApiKey", input["id"]).partition("/")
    await context_of(info).ask(REVOKE_API_KEY, RevokeApiKey(id=key_id, username=owner))
    return {"success": True}


def _key_id(owner: str, key_id: str) -> str:
    """Says whose key it is, because identity wants to know and the SDK sends nothing else."""
    return to_global("ApiKey", f"{owner}/{key_id}")


BINDABLES = (query, mutation, user)
