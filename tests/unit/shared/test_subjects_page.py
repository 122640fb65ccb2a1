"""The page of all subjects is what the contracts say."""

from __future__ import annotations

from pathlib import Path

from shared.contracts import catalogue
from shared.messaging.grants import EVERYBODY

PAGE = Path(__file__).parents[3] / "docs/subjects.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == catalogue.render()


def test_no_subject_is_said_twice() -> None:
    named = [contract.subject for _, contract in (*catalogue.calls(), *catalogue.events())]
    assert sorted(named) == sorted(set(named))


def test_every_subject_has_an_owner_that_there_is() -> None:
    contracts = (*catalogue.calls(), *catalogue.events(), *catalogue.feeds())
    assert {contract.owner for _, contract in contracts} <= set(EVERYBODY)


def test_a_constant_says_its_subjects_verb_or_event() -> None:
    assert all(name == name.upper() for name, _ in (*catalogue.calls(), *catalogue.events()))
    assert all(call.subject.count(".") == 2 for _, call in catalogue.calls())
    assert {event.subject.split(".")[0] for _, event in catalogue.events()} <= {"events", "watched"}
