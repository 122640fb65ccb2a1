"""Users other than the viewer: making and finding them."""

from __future__ import annotations

from typing import Any

from ariadne import MutationType, ObjectType, QueryType

from gateway.graphql.context import Info, context_of
from gateway.graphql.resolvers.organizations import Organization
from shared.contracts.identity import (
    CREATE_USER,
    SEARCH_USERS,
    CreateUser,
    SearchUsers,
    UserView,
)

query, mutation, user = QueryType(), MutationType(), ObjectType("User")

MOST = 100


@query.field("users")
async def resolve_users(_: Any, info: Info, query: str | None = None) -> dict[str, Any]:
    """Whoever bears exactly that name or mailbox comes first: `api.user` takes the first."""
    wanted = (query or "").strip().lower()
    page = await context_of(info).ask(SEARCH_USERS, SearchUsers(query=query or "", limit=MOST))
    found = sorted(page.items, key=lambda one: wanted not in _names(one))
    return {"edges": [{"node": one} for one in found]}


@mutation.field("createUser")
async def create_user(_: Any, info: Info, input: dict[str, Any]) -> dict[str, UserView]:
    """The user name follows from the mailbox."""
    wanted = CreateUser(email=input.get("email") or "", admin=bool(input.get("admin")))
    return {"user": (await context_of(info).ask(CREATE_USER, wanted)).user}


@user.field("organizations")
def resolve_organizations(found: UserView, info: Info) -> list[Organization]:
    """The caller's own; of others it is not told."""
    caller = context_of(info).ask.caller
    own = caller.organizations if found.id == caller.principal_id else {}
    return [Organization(name) for name in sorted(own)]


def _names(one: UserView) -> tuple[str, str]:
    return one.username.lower(), (one.email or "").lower()


BINDABLES = (query, mutation, user)
