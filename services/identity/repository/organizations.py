"""Organizations in MongoDB: one document each, with its members inside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from services.identity.domain import names
from services.identity.domain.organization import Organization, OrganizationMember, absent
from shared.kit.mongo import Collection, Document, Session, ensure_indexes
from shared.permissions import Role

_LIVE = {"deleted_at": None}


class MongoOrganizations:
    """Keeps `ports.Organizations`."""

    def __init__(self, kept: Collection, session: Session | None) -> None:
        self._kept = kept
        self._session = session

    async def named(self, name: str) -> Organization:
        """By name, whatever its letter case."""
        document = await self._kept.find_one(
            {"name_key": names.key_of(name), **_LIVE}, session=self._session
        )
        if document is None:
            raise absent()
        return _to_organization(document)

    async def add(self, organization: Organization) -> None:
        """Its name was taken before."""
        await self._kept.insert_one(_to_document(organization), session=self._session)

    async def save(self, organization: Organization) -> None:
        """Whole."""
        await self._kept.replace_one(
            {"_id": organization.id}, _to_document(organization), session=self._session
        )

    async def of(self, principal_id: str) -> list[Organization]:
        """Those that name somebody, and those that everybody belongs to."""
        return await self._several({"$or": [{"everybody": True}, {"members.id": principal_id}]})

    async def all(self) -> list[Organization]:
        """In the order of their names."""
        return await self._several({})

    async def _several(self, wanted: Document) -> list[Organization]:
        found = self._kept.find({**wanted, **_LIVE}, session=self._session)
        return [_to_organization(document) async for document in found.sort("name_key", 1)]


async def ensure(kept: Collection) -> None:
    """The indexes of organizations."""
    await ensure_indexes(
        kept,
        [
            ([("name_key", 1)], {"unique": True}),
            ([("members.id", 1)], {}),
            ([("everybody", 1)], {}),
        ],
    )


def _to_document(organization: Organization) -> Document:
    document: dict[str, Any] = asdict(organization)
    document["_id"] = document.pop("id")
    document["name_key"] = names.key_of(organization.name)
    return document


def _to_organization(document: Document) -> Organization:
    found = dict(document)
    found["id"] = found.pop("_id")
    found.pop("name_key")
    found["members"] = [
        OrganizationMember(**member | {"role": Role(member["role"])}) for member in found["members"]
    ]
    return Organization(**found)
