"""A view of a project: a report, kept as the text that its author's client wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import Invalid, TooLarge

MOST_SPEC = 8 * 1024 * 1024
MOST_NAME = 512
TRASH_FOR = timedelta(days=7)
"""How long a deleted view can be brought back."""


@dataclass(slots=True)
class View:
    """`type` is the client's word for what it is; reports have "runs", drafts "runs/draft"."""

    id: str
    project_id: str
    type: str
    name: str
    username: str
    created_at: datetime
    updated_at: datetime
    display_name: str | None = None
    description: str | None = None
    spec: str = ""
    deleted_at: datetime | None = None

    def change(self, given: dict[str, str], at: datetime) -> None:
        """What is given; raises Invalid or TooLarge naming the field."""
        for field, value in given.items():
            setattr(self, field, checked(field, value))
        self.updated_at = at


def checked(field: str, value: str) -> str:
    """The value, or a failure that names its limit."""
    if field == "spec":
        if len(value.encode("utf-8", "surrogatepass")) > MOST_SPEC:
            raise TooLarge(f"spec: more than {MOST_SPEC} bytes.", field="spec")
    elif field != "description" and len(value) > MOST_NAME:
        raise Invalid(f"{field}: more than {MOST_NAME} characters.", field=field)
    elif len(value) > MOST_SPEC // 64:
        raise Invalid(f"{field}: too long.", field=field)
    return value
