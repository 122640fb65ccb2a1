"""The three kinds of thing that can be said: a Call, an Event, a Feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

LARGEST = 2**53 - 1
"""What JSON, a database and a moment's arithmetic can all hold."""

Count = Annotated[int, Field(ge=0, le=LARGEST)]
"""How many, or which one."""
Whole = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
"""Any whole number that a client may name."""


class Message(BaseModel):
    """Anything that travels. Immutable, and readable straight off a domain object."""

    model_config = ConfigDict(
        frozen=True,
        from_attributes=True,
        extra="ignore",
        ser_json_inf_nan="strings",  # a loss of NaN is news, not a malformed message
    )


Ask = TypeVar("Ask", bound=Message)
Answer = TypeVar("Answer", bound=Message)
Body = TypeVar("Body", bound=Message)


class Nothing(Message):
    """The answer to a question whose only news is that it did not fail."""


@dataclass(frozen=True)
class Call(Generic[Ask, Answer]):
    """A question with one owner, who answers or fails."""

    subject: str
    ask: type[Ask]
    answer: type[Answer]

    @property
    def owner(self) -> str:
        """The service that answers."""
        return self.subject.partition(".")[0]


@dataclass(frozen=True)
class Event(Generic[Body]):
    """Something that has happened; kept in the EVENTS stream for whoever cares."""

    subject: str
    body: type[Body]

    @property
    def owner(self) -> str:
        """The service that announces it; subjects of events are `events.<owner>.…`."""
        return self.subject.split(".")[1]


@dataclass(frozen=True)
class Feed:
    """A durable, ordered flow of bytes: acknowledged once on disk, read in order by its owner.

    The body is not a pydantic model because the hot path never builds one; `form` names the
    module that defines it.
    """

    subject: str
    owner: str
    form: str
