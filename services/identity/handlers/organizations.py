"""Organizations: roofs over teams, and the one that every instance has."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheStore
from services.identity.domain import authority, names
from services.identity.domain.audit import Facts
from services.identity.domain.organization import DEFAULT, Organization
from services.identity.domain.team import role_named
from services.identity.handlers import news, trail, views
from services.identity.ports import Records, Store
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    CREATE_ORGANIZATION,
    DELETE_ORGANIZATION,
    GET_ORGANIZATION,
    LIST_ORGANIZATIONS,
    REMOVE_ORGANIZATION_MEMBER,
    SET_ORGANIZATION_MEMBER,
    Caller,
    CreateOrganization,
    DeleteOrganization,
    GetOrganization,
    ListOrganizations,
    Organizations,
    OrganizationView,
    RemoveOrganizationMember,
    SetOrganizationMember,
)
from shared.errors import Conflict, NotFound
from shared.kit import clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Role

router = NatsRouter()


async def ensure_default(store: Store) -> None:
    """The organization that everybody belongs to, and that nobody needs to know of."""
    try:
        await store.records.organizations.named(DEFAULT)
    except NotFound:
        found = Organization(new_id(), DEFAULT, clock.now(), everybody=True)
    else:
        return

    async def work(records: Records) -> None:
        await records.names.take(found.name, found.id)
        await records.organizations.add(found)

    try:
        await store.change(work)
    except Conflict:
        return  # another process of ours was quicker


@serve(router, CREATE_ORGANIZATION)
async def create_organization(
    ask: CreateOrganization, caller: TheCaller, store: TheStore
) -> OrganizationView:
    """With an owner, who becomes its administrator."""
    authority.instance_admin(caller)
    organization_id, now = new_id(), clock.now()

    async def work(records: Records) -> Organization:
        owner = await records.users.named(ask.owner)
        found = Organization(organization_id, names.check(ask.name), now)
        found.set_member(owner, Role.ADMIN)
        await records.names.take(found.name, found.id)
        await records.organizations.add(found)
        await records.tell([news.principal_changed(owner.id)])
        await _note(records, caller, "organization.create", found, {"owner": owner.username})
        return found

    return views.of_organization(await store.change(work), [])


@serve(router, GET_ORGANIZATION)
async def get_organization(
    ask: GetOrganization, caller: TheCaller, store: TheStore
) -> OrganizationView:
    """For those who belong to it."""
    found = await store.records.organizations.named(ask.name)
    found.show_to(caller)
    return await _view(store.records, found, caller)


@serve(router, LIST_ORGANIZATIONS)
async def list_organizations(
    ask: ListOrganizations, caller: TheCaller, store: TheStore
) -> Organizations:
    """One's own, or all for an instance administrator."""
    own_id = authority.person(caller)
    kept = store.records.organizations
    found = await (kept.all() if caller.admin else kept.of(own_id))
    return Organizations(items=[await _view(store.records, one, caller) for one in found])


@serve(router, SET_ORGANIZATION_MEMBER)
async def set_organization_member(
    ask: SetOrganizationMember, caller: TheCaller, store: TheStore
) -> OrganizationView:
    """Add somebody, or change what they are."""

    async def work(records: Records) -> OrganizationView:
        found = await records.organizations.named(ask.organization)
        found.must_be_admin(caller)
        user = await records.users.named(ask.username)
        found.set_member(user, role_named(ask.role))
        await records.organizations.save(found)
        await records.tell([news.principal_changed(user.id)])
        facts = {"username": user.username, "role": ask.role}
        await _note(records, caller, "organization.set_member", found, facts)
        return await _view(records, found, caller)

    return await store.change(work)


@serve(router, REMOVE_ORGANIZATION_MEMBER)
async def remove_organization_member(
    ask: RemoveOrganizationMember, caller: TheCaller, store: TheStore
) -> OrganizationView:
    """Their teams are untouched."""

    async def work(records: Records) -> OrganizationView:
        found = await records.organizations.named(ask.organization)
        found.must_be_admin(caller)
        user = await records.users.named(ask.username)
        found.remove(user)
        await records.organizations.save(found)
        await records.tell([news.principal_changed(user.id)])
        facts = {"username": user.username}
        await _note(records, caller, "organization.remove_member", found, facts)
        return await _view(records, found, caller)

    return await store.change(work)


@serve(router, DELETE_ORGANIZATION)
async def delete_organization(
    ask: DeleteOrganization, caller: TheCaller, store: TheStore
) -> Nothing:
    """Its teams go on under the default one; its own entity, with registries, goes."""
    authority.instance_admin(caller)

    async def work(records: Records) -> None:
        found = await records.organizations.named(ask.name)
        people = {member.id for member in found.members}
        found.delete(clock.now())
        await records.organizations.save(found)
        teams = await records.teams.under(found.name)
        for team in teams:
            team.organization = DEFAULT
            await records.teams.save(team)
            people |= {member.id for member in team.people}
        await records.tell(
            [
                news.organization_deleted(found.name),
                *(news.principal_changed(person) for person in sorted(people)),
            ]
        )
        moved = {"teams": [team.name for team in teams]}
        await _note(records, caller, "organization.delete", found, moved)

    await store.change(work)
    return Nothing()


async def _view(records: Records, found: Organization, caller: Caller) -> OrganizationView:
    """With the teams that the caller may know of."""
    teams = [
        team.name
        for team in await records.teams.under(found.name)
        if caller.admin or team.role_of(caller.principal_id) or not team.privacy.hidden
    ]
    return views.of_organization(found, teams)


async def _note(
    records: Records, caller: Caller, action: str, found: Organization, after: Facts
) -> None:
    await records.audit.append(trail.deed(caller, action, found.name, after=after))
