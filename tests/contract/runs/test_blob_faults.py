"""What the blob store fails at has our words, and ends nobody else's work."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from services.runs.domain.run import TRASH_FOR
from services.runs.emptying import TrashEmptier
from services.runs.repository.trash import MongoTrash
from shared.errors import NotFound, Unavailable
from shared.kit import clock
from shared.kit.blobs import Blobs
from tests.contract.runs.test_trash import deleted
from tests.contract.runs.world import MINUTE, NOON, Kept


async def test_a_fault_of_the_store_is_unavailable(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path.as_uri())
    await blobs.put("file", b"x")
    with pytest.raises(Unavailable):
        await blobs.put("file/below", b"x")
    with pytest.raises(Unavailable):
        await blobs.copy("file", "file/below")
    with pytest.raises(Unavailable):
        await blobs.settle(["file/below"])


async def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path.as_uri())
    for looked in (blobs.get("a"), blobs.size("a"), blobs.stamp("a"), blobs.copy("a", "b")):
        with pytest.raises(NotFound):
            await looked
    await blobs.delete("a")
    later = clock.now() + timedelta(days=1)
    assert [keys async for keys in blobs.older("artifacts/", later) if keys] == []


async def test_what_is_put_in_its_place_meanwhile_is_no_leftover(tmp_path: Path) -> None:
    """Between the look at the folder and the look at the file, which here is gone already."""
    blobs = Blobs(tmp_path.as_uri())
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "left").write_bytes(b"x")
    (tmp_path / "incoming" / "placed").symlink_to(tmp_path / "gone")
    assert await blobs.incoming(clock.now() + timedelta(days=1)) == ["incoming/left"]


async def test_a_run_that_cannot_be_thrown_away_holds_up_no_other(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = await deleted(kept, "stuck", NOON), await deleted(kept, "other", NOON)
    real = kept.blobs.delete

    async def delete(key: str) -> None:
        if stuck.id in key:
            raise Unavailable("The blob store did not answer.")
        await real(key)

    monkeypatch.setattr(kept.blobs, "delete", delete)
    emptier = TrashEmptier(MongoTrash(kept.database), kept.blobs, kept.retention.held_projects)
    assert await emptier.empty(NOON + TRASH_FOR + MINUTE) == 1
    purged = [d["_id"] async for d in kept.database["runs"].find({"purged_at": {"$ne": None}})]
    assert purged == [other.id]
    monkeypatch.undo()
    assert await emptier.empty(NOON + TRASH_FOR + MINUTE) == 1
