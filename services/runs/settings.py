"""What the runs service is told from outside."""

from __future__ import annotations

from pydantic import Field

from shared.kit.settings import StoreSettings


class RunsSettings(StoreSettings):
    """`crashed_after` is in seconds without a heartbeat."""

    blob_url: str = "file:///var/lib/cordee/blobs"
    crashed_after: float = Field(default=300.0, gt=0)
    mongo_database: str = "cordee_runs"
