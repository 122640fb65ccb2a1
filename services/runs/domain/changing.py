"""A change to a run: what was given, and what was left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.runs.domain.run import Run, checked_tags
from services.runs.domain.searchable import checked_object

_PLAIN = (
    "description",
    "notes",
    "group",
    "job_type",
    "commit",
    "repo",
    "host",
    "program",
    "sweep",
)


@dataclass(frozen=True, slots=True)
class RunChange:
    """Field → new value; a field that is not there stays as it is."""

    values: Mapping[str, object]

    @classmethod
    def of(cls, given: Mapping[str, object]) -> RunChange:
        """Checks what it keeps; raises Invalid naming the field."""
        values = {name: given[name] for name in _PLAIN if name in given}
        name = given.get("display_name")
        if isinstance(name, str) and name:
            values["display_name"] = name
        tags = given.get("tags")
        if isinstance(tags, list):
            values["tags"] = checked_tags(tags)
        for field in ("config", "summary"):
            text = given.get(field)
            if isinstance(text, str):
                checked_object(text, field)
                values[field] = text
        return cls(values)

    def apply(self, run: Run, at: datetime) -> set[str]:
        """Answers the names of the fields that it set."""
        for name, value in self.values.items():
            setattr(run, name, value)
        if not self.values:
            return set()
        run.updated_at = at
        return {*self.values, "updated_at"}


def is_start(change: RunChange) -> bool:
    """Whether a client begins a process with this, rather than telling news of a running one.

    Only the first request of a process has both its config and where it runs, without the
    environment that later requests add under `_wandb.value.e` (wire-protocol §2.2, appendix A.2).
    """
    config = change.values.get("config")
    if not isinstance(config, str) or not {"host", "program"} & change.values.keys():
        return False
    own = checked_object(config, "config").get("_wandb")
    value = own.get("value") if isinstance(own, dict) else None
    return not (isinstance(value, dict) and "e" in value)
