"""The audit log: writing into it for other services, reading it, proving that it is whole."""

from __future__ import annotations

from faststream.nats import NatsRouter

from services.identity.dependencies import TheStore
from services.identity.domain import authority, names
from services.identity.domain.audit import Entry, Flaw
from services.identity.handlers import trail
from services.identity.ports import Records, Store
from shared.contracts._kinds import Nothing
from shared.contracts.identity import (
    LIST_AUDIT,
    RECORD_AUDIT,
    VERIFY_AUDIT,
    AuditEntry,
    AuditFlaw,
    AuditPage,
    AuditVerdict,
    Caller,
    ListAudit,
    RecordAudit,
    VerifyAudit,
)
from shared.messaging.answering import TheCaller, serve

router = NatsRouter()


@serve(router, RECORD_AUDIT)
async def record_audit(ask: RecordAudit, caller: TheCaller, store: TheStore) -> Nothing:
    """Something that another service did for the caller."""
    deed = trail.deed(
        caller, ask.action, ask.object, team=ask.team, before=ask.before, after=ask.after
    )

    async def work(records: Records) -> None:
        await records.audit.append(deed)

    await store.change(work, alone=f"log of {ask.team}")
    return Nothing()


@serve(router, LIST_AUDIT)
async def list_audit(ask: ListAudit, caller: TheCaller, store: TheStore) -> AuditPage:
    """A team's log for its admins, one's own for oneself, the instance's for its administrators."""
    team = await _readable(store, ask.team, caller)
    found = await store.records.audit.page(
        team,
        actor=ask.actor,
        action=ask.action,
        since=ask.since,
        until=ask.until,
        before=ask.cursor,
        limit=ask.limit + 1,
    )
    page = found[: ask.limit]
    return AuditPage(
        items=[_entry(entry) for entry in page],
        next=page[-1].id if len(found) > ask.limit else None,
    )


@serve(router, VERIFY_AUDIT)
async def verify_audit(ask: VerifyAudit, caller: TheCaller, store: TheStore) -> AuditVerdict:
    """Recompute every hash, up to the first that does not fit."""
    records, sound = store.records, 0
    if ask.team is None:
        authority.instance_admin(caller)
        teams = await records.audit.teams()
    else:
        teams = [await _readable(store, ask.team, caller)]
    for team in teams:
        entries, flaw = await records.audit.verify(team)
        sound += entries
        if flaw is not None:
            return AuditVerdict(ok=False, entries=sound, flaw=_flaw(flaw))
    return AuditVerdict(ok=True, entries=sound)


async def _readable(store: Store, name: str, caller: Caller) -> str:
    """The entity as it is written, if the caller may read its log."""
    authority.person(caller)
    if caller.admin:
        return name
    if not name:
        authority.instance_admin(caller)
    if names.key_of(name) == names.key_of(caller.username):
        return caller.username
    team = await store.records.teams.named(name)
    team.must_be_admin(caller)
    return team.name


def _entry(entry: Entry) -> AuditEntry:
    deed = entry.deed
    return AuditEntry(
        id=entry.id,
        number=entry.number,
        at=deed.at,
        team=deed.team,
        actor=deed.actor,
        on_behalf_of=deed.on_behalf_of,
        key_id=deed.key_id,
        address=deed.address,
        agent=deed.agent,
        action=deed.action,
        object=deed.object,
        before=deed.before,
        after=deed.after,
        hash=entry.hash,
    )


def _flaw(flaw: Flaw) -> AuditFlaw:
    return AuditFlaw.model_validate(flaw)
