"""Teams: founding, showing, settling and deleting them."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheLimits, ThePolicy, TheStore
from services.identity.domain import authority, email, limit, names
from services.identity.domain import team as teams
from services.identity.domain.audit import Facts
from services.identity.domain.organization import DEFAULT
from services.identity.domain.team import Team
from services.identity.handlers import news, trail, views
from services.identity.ports import Records
from shared.contracts.identity import (
    CREATE_TEAM,
    GET_ENTITY,
    GET_TEAM,
    LIST_RECOMMENDED_TEAMS,
    LIST_TEAMS,
    SET_TEAM_PRIVACY,
    UPDATE_TEAM,
    Caller,
    CreateTeam,
    EntityView,
    GetEntity,
    GetTeam,
    ListRecommendedTeams,
    ListTeams,
    MemberView,
    PrivacyView,
    SetTeamPrivacy,
    Teams,
    TeamView,
    UpdateTeam,
)
from shared.errors import NotFound
from shared.kit import clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Role

router = NatsRouter()


@serve(router, CREATE_TEAM)
async def create_team(
    ask: CreateTeam, caller: TheCaller, store: TheStore, policy: ThePolicy, limits: TheLimits
) -> TeamView:
    """A team whose admin is the caller, or whom an administrator names."""
    creator_id = teams.may_create(caller, policy.team_creation)
    if not caller.admin:
        await limits.hit(limit.TEAMS, creator_id)
    team_id, now = new_id(), clock.now()

    async def work(records: Records) -> TeamView:
        organization = await records.organizations.named(ask.organization or DEFAULT)
        if not organization.everybody:
            organization.must_be_admin(caller)
        first = await records.users.get(creator_id)
        if ask.admin_username and names.key_of(ask.admin_username) != names.key_of(first.username):
            authority.instance_admin(caller)
            first = await records.users.named(ask.admin_username)
        team = Team(team_id, names.check(ask.name), now, caller.username, organization.name)
        team.describe(ask.description)
        team.join(first, Role.ADMIN, now)
        await records.names.take(team.name, team.id)
        await records.teams.add(team)
        await records.tell([news.principal_changed(first.id), news.team_changed(team)])
        facts = {"admin": first.username, "organization": organization.name}
        await records.audit.append(
            trail.deed(caller, "team.create", team.name, team=team.name, after=facts)
        )
        return await view(records, team, team.role_of(creator_id) or Role.ADMIN)

    return await store.change(work)


@serve(router, GET_TEAM)
async def get_team(ask: GetTeam, caller: TheCaller, store: TheStore) -> TeamView:
    """A team; to outsiders without its members, or not at all."""
    team = await store.records.teams.named(ask.name)
    return await view(store.records, team, team.show_to(caller), people=caller.kind == "user")


@serve(router, LIST_TEAMS)
async def list_teams(ask: ListTeams, caller: TheCaller, store: TheStore) -> Teams:
    """One's own, or all of the instance for its administrators."""
    authority.reader(caller)
    own = caller.principal_id or ""
    if not ask.everybody:
        found = await store.records.teams.of(own)
        return Teams(items=[views.of_team_card(team, own) for team in found])
    authority.instance_admin(caller)
    found = await store.records.teams.page(ask.cursor, ask.limit + 1)
    page = found[: ask.limit]
    return Teams(
        items=[views.of_team_card(team, own) for team in page],
        next=names.key_of(page[-1].name) if len(found) > ask.limit else None,
    )


@serve(router, LIST_RECOMMENDED_TEAMS)
async def list_recommended_teams(
    ask: ListRecommendedTeams, caller: TheCaller, store: TheStore
) -> Teams:
    """Teams of colleagues that one is not in: same domain of proven mailboxes."""
    user = await store.records.users.get(authority.person(caller))
    if not user.email or not user.email_verified:
        return Teams(items=[])
    own = email.domain_of(user.email)
    found = [
        team
        for team in await store.records.teams.recommended()
        if team.role_of(user.id) is None and own in await _domains(store.records, team)
    ]
    return Teams(items=[views.of_team_card(team, user.id) for team in found])


@serve(router, UPDATE_TEAM)
async def update_team(ask: UpdateTeam, caller: TheCaller, store: TheStore) -> TeamView:
    """What the team says about itself."""

    async def work(records: Records) -> TeamView:
        team = await records.teams.named(ask.name)
        team.must_be_admin(caller)
        before = {"description": team.description}
        team.describe(ask.description)
        return await _settled(records, caller, team, "team.update", before)

    return await store.change(work)


@serve(router, SET_TEAM_PRIVACY)
async def set_team_privacy(ask: SetTeamPrivacy, caller: TheCaller, store: TheStore) -> TeamView:
    """Change the switches that are given."""

    async def work(records: Records) -> TeamView:
        team = await records.teams.named(ask.name)
        team.must_be_admin(caller)
        before = PrivacyView.model_validate(team.privacy).model_dump()
        team.privacy.set(ask.model_dump(exclude={"name"}))
        return await _settled(records, caller, team, "team.set_privacy", before)

    return await store.change(work)


@serve(router, GET_ENTITY)
async def get_entity(ask: GetEntity, store: TheStore) -> EntityView:
    """What a name stands for; asked by services only."""
    try:
        team = await store.records.teams.named(ask.name)
    except NotFound:
        return await _other_entity(store.records, ask.name)
    return EntityView(
        name=team.name,
        kind="team",
        organization=team.organization,
        privacy=PrivacyView.model_validate(team.privacy),
    )


async def view(records: Records, team: Team, role: Role | None, *, people: bool = True) -> TeamView:
    """A team with its members in the order in which they came; outsiders see none."""
    members: list[MemberView] = []
    if role is not None:
        users = {u.id: u for u in await records.users.many([m.id for m in team.members])}
        members = [
            views.of_member(member, users.get(member.id), mailboxes=people)
            for member in team.members
        ]
    return views.of_team(team, members, role)


async def _settled(
    records: Records, caller: Caller, team: Team, action: str, before: Facts
) -> TeamView:
    await records.teams.save(team)
    await records.tell([news.team_changed(team)])
    now = {"description": team.description} | PrivacyView.model_validate(team.privacy).model_dump()
    after = {name: now[name] for name in before}
    await records.audit.append(
        trail.deed(caller, action, team.name, team=team.name, before=before, after=after)
    )
    return await view(records, team, team.show_to(caller))


async def _domains(records: Records, team: Team) -> set[str]:
    """Where the team's admins have their proven mailboxes."""
    admins = await records.users.many([admin.id for admin in team.admins])
    return {email.domain_of(user.email) for user in admins if user.email and user.email_verified}


async def _other_entity(records: Records, name: str) -> EntityView:
    user = await records.users.by_login(name)
    if user is not None and user.kind == "user":
        return EntityView(name=user.username, kind="user")
    try:
        organization = await records.organizations.named(name)
    except NotFound:
        raise NotFound(f"There is no entity {name!r}.") from None
    return EntityView(name=organization.name, kind="organization", organization=organization.name)
