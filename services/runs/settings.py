"""What the runs service is told from outside."""

from __future__ import annotations

from pydantic import Field

from shared.kit.settings import StoreSettings


class RunsSettings(StoreSettings):
    """`crashed_after` is in seconds without a heartbeat, `garbage_every` in seconds.

    The others are limits for one run.
    """

    blob_url: str = "file:///var/lib/cordee/blobs"
    crashed_after: float = Field(default=300.0, gt=0)
    garbage_every: float = Field(default=86_400.0, gt=0)
    run_files_most: int = Field(default=200_000, gt=0)
    run_files_bytes: int = Field(default=1024**4, gt=0)
    mongo_database: str = "cordee_runs"
