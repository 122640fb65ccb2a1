"""Changing versions: description, metadata, tags, time to live, aliases and links."""

from __future__ import annotations

from collections.abc import Sequence

from faststream.nats import NatsRouter

from services.runs.artifact_ports import Shelves
from services.runs.dependencies import TheAudit, TheClock, TheEntities, TheShelves
from services.runs.domain import artifact as rules
from services.runs.domain.artifact import Artifact, Collection, Membership, State
from services.runs.domain.project import Project
from services.runs.handlers.artifact_finding import (
    artifact_view,
    find_artifact,
    look,
    membership_view,
    require_alias_rights,
)
from services.runs.handlers.artifact_news import Teller, teller_for
from services.runs.handlers.finding import find_project
from services.runs.handlers.projects import known_project, new_project
from shared.contracts._kinds import Nothing
from shared.contracts.identity import Caller
from shared.contracts.runs import (
    CHANGE_ALIASES,
    LINK_ARTIFACT,
    UNLINK_ARTIFACT,
    UPDATE_ARTIFACT,
    AliasPlace,
    ArtifactView,
    ChangeAliases,
    LinkArtifact,
    MembershipView,
    UnlinkArtifact,
    UpdateArtifact,
)
from shared.errors import Conflict, Invalid, NotFound
from shared.kit.clock import Clock
from shared.kit.ids import new_id
from shared.messaging.answering import TheCaller, serve
from shared.permissions import Action, sees

router = NatsRouter()

LONGEST_DESCRIPTION = 100_000


@serve(router, UPDATE_ARTIFACT)
async def update_artifact(
    ask: UpdateArtifact, caller: TheCaller, shelves: TheShelves, clock: TheClock
) -> ArtifactView:
    """Whoever may edit runs of the project."""
    artifact, seen = await find_artifact(shelves, caller, ask.artifact_id, Action.EDIT)
    project = await shelves.projects.get(artifact.project_id)
    if ask.description is not None:
        if len(ask.description) > LONGEST_DESCRIPTION:
            raise Invalid("description: is too long.", field="description")
        artifact.description = ask.description
    if ask.metadata is not None:
        artifact.metadata = rules.checked_metadata(ask.metadata)
    if ask.ttl_seconds is not None:
        artifact.limit_life(ask.ttl_seconds)
    added = [tag for tag in rules.checked_tags(ask.tags_to_add) if tag not in artifact.tags]
    removed = [tag for tag in ask.tags_to_delete if tag in artifact.tags and tag not in added]
    artifact.tags = [tag for tag in artifact.tags if tag not in removed] + added
    artifact.updated_at = clock()
    sequence = seen.collections[artifact.collection_id]
    teller = teller_for(sequence, project, caller, artifact.updated_at)
    own = _own_place(artifact, seen.places.get(artifact.id, ()))
    news = teller.tags_changed(artifact, own, added, removed) if own else []
    fields = ("description", "metadata", "ttl", "tags", "updated_at")
    await shelves.artifacts.change(artifact, fields, news)
    if ask.aliases is not None and own is not None:
        wanted = rules.checked_aliases(ask.aliases)
        gone = [alias for alias in own.aliases if alias not in wanted]
        await _change(artifact, own, wanted, gone, (project, teller), caller, shelves)
    return artifact_view(artifact, await look(shelves, caller, [artifact]), caller)


@serve(router, CHANGE_ALIASES)
async def change_aliases(
    ask: ChangeAliases, caller: TheCaller, shelves: TheShelves, clock: TheClock
) -> Nothing:
    """In each collection that is named; the version must be in it."""
    artifact, seen = await find_artifact(shelves, caller, ask.artifact_id)
    rules.checked_aliases([one.alias for one in ask.add])
    for entity, name, collection_name in dict.fromkeys(map(_named, [*ask.add, *ask.delete])):
        project = await find_project(shelves.projects, caller, entity, name, Action.EDIT)
        collection = await shelves.collections.find(project.id, collection_name)
        places = seen.places.get(artifact.id, ())
        place = next((p for p in places if collection and p.collection_id == collection.id), None)
        if collection is None or place is None:
            raise NotFound(f"the artifact is not in {entity}/{name}/{collection_name}")
        here = (entity, name, collection_name)
        add = [one.alias for one in ask.add if _named(one) == here]
        delete = [one.alias for one in ask.delete if _named(one) == here]
        teller = teller_for(collection, project, caller, clock())
        await _change(artifact, place, add, delete, (project, teller), caller, shelves)
    return Nothing()


@serve(router, LINK_ARTIFACT)
async def link_artifact(
    ask: LinkArtifact,
    caller: TheCaller,
    shelves: TheShelves,
    entities: TheEntities,
    audit: TheAudit,
    clock: TheClock,
) -> MembershipView:
    """Into a portfolio of a project that the caller may log to."""
    artifact = await _meant(ask, caller, shelves)
    if artifact.state is not State.COMMITTED:
        raise Conflict("Only a committed artifact can be linked.")
    aliases = rules.checked_aliases(ask.aliases)
    project = await _target(ask, caller, shelves, entities, clock)
    await require_alias_rights(shelves, caller, project, aliases)
    (await shelves.collections.policy(project.id)).admit(artifact.type)
    portfolio = await _portfolio(ask, artifact, project, shelves, clock)
    source = await shelves.projects.get(artifact.project_id)
    sequence = (await shelves.collections.load([artifact.collection_id]))[artifact.collection_id]
    teller = teller_for(portfolio, project, caller, clock())
    await audit.record(
        caller,
        project.entity,
        "artifact.linked",
        f"{project.entity}/{project.name}/{portfolio.name}",
        after={
            "artifact": f"{source.entity}/{source.name}/{sequence.name}:v{artifact.version_index}",
            "aliases": aliases,
        },
    )

    def tell(place: Membership, moved: dict[str, int | None], new: bool) -> list[object]:
        linked = [teller.linked(artifact, place, (source, sequence))] if new else []
        return [*linked, *teller.aliases_changed(artifact, place, moved, ())]

    place = await shelves.memberships.link(portfolio, artifact, aliases, tell)
    return membership_view(place, await look(shelves, caller, [artifact]), caller)


@serve(router, UNLINK_ARTIFACT)
async def unlink_artifact(
    ask: UnlinkArtifact,
    caller: TheCaller,
    shelves: TheShelves,
    audit: TheAudit,
    clock: TheClock,
) -> Nothing:
    """Out of a portfolio; never out of the sequence that it was logged to."""
    artifact, seen = await find_artifact(shelves, caller, ask.artifact_id)
    portfolio = await shelves.collections.get(ask.collection_id)
    project = await shelves.projects.get(portfolio.project_id)
    if not sees(caller, project):
        raise NotFound("No such collection.")
    await find_project(shelves.projects, caller, project.entity, project.name, Action.EDIT)
    places = seen.places.get(artifact.id, ())
    place = next((one for one in places if one.collection_id == portfolio.id), None)
    if place is None or portfolio.kind != rules.PORTFOLIO:
        raise NotFound(f"the artifact is not linked to {portfolio.name}")
    await require_alias_rights(shelves, caller, project, place.aliases)
    await audit.record(
        caller,
        project.entity,
        "artifact.unlinked",
        f"{project.entity}/{project.name}/{portfolio.name}",
        before={"version": place.version_index, "aliases": place.aliases},
    )
    teller = teller_for(portfolio, project, caller, clock())
    await shelves.memberships.unlink(place, [teller.unlinked(artifact, place)])
    return Nothing()


async def _change(
    artifact: Artifact,
    place: Membership,
    add: Sequence[str],
    delete: Sequence[str],
    here: tuple[Project, Teller],
    caller: Caller,
    shelves: Shelves,
) -> None:
    project, teller = here
    changing = [alias for alias in add if alias not in place.aliases] + list(delete)
    await require_alias_rights(shelves, caller, project, changing)
    await shelves.memberships.change_aliases(
        place,
        add,
        delete,
        lambda now, added, gone: teller.aliases_changed(artifact, now, added, gone),
    )


async def _meant(ask: LinkArtifact, caller: Caller, shelves: Shelves) -> Artifact:
    artifact_id = ask.artifact_id
    if artifact_id is None and ask.client_id is not None:
        known = await shelves.artifacts.by_client_id(ask.client_id)
        artifact_id = known.id if known else None
    if artifact_id is None:
        raise NotFound("No such artifact.")
    artifact, _ = await find_artifact(shelves, caller, artifact_id)
    return artifact


async def _target(
    ask: LinkArtifact,
    caller: Caller,
    shelves: Shelves,
    entities: TheEntities,
    clock: Clock,
) -> Project:
    if ask.collection_id is not None:
        collection = await shelves.collections.get(ask.collection_id)
        project = await shelves.projects.get(collection.project_id)
        return await find_project(
            shelves.projects, caller, project.entity, project.name, Action.LOG
        )
    known = await known_project(shelves.projects, caller, ask.entity, ask.project)
    if known is None and not ask.project.startswith("wandb-registry-"):
        return await new_project(shelves.projects, entities, caller, ask.entity, ask.project, clock)
    return await find_project(shelves.projects, caller, ask.entity, ask.project, Action.LOG)


async def _portfolio(
    ask: LinkArtifact, artifact: Artifact, project: Project, shelves: Shelves, clock: Clock
) -> Collection:
    if ask.collection_id is not None:
        found = await shelves.collections.get(ask.collection_id)
    else:
        at = clock()
        found = await shelves.collections.ensure(
            Collection(
                id=new_id(),
                project_id=project.id,
                name=rules.checked_collection_name(ask.collection or "", "artifactPortfolioName"),
                type=artifact.type,
                kind=rules.PORTFOLIO,
                created_at=at,
                updated_at=at,
            )
        )
    if found.kind != rules.PORTFOLIO:
        raise Conflict(f"artifact {found.name} was logged there; link under another name.")
    return rules.same_type(found, artifact.type)


def _own_place(artifact: Artifact, places: Sequence[Membership]) -> Membership | None:
    return next((one for one in places if one.collection_id == artifact.collection_id), None)


def _named(place: AliasPlace) -> tuple[str, str, str]:
    return place.entity, place.project, place.collection
