"""Whatever is asked of any route, by somebody who may do everything and by nobody, is answered."""

from __future__ import annotations

import os
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case

from tests.contract.generated.asking import Asked, Operations, description, labels
from tests.cordee import Cordee
from tests.processes import Processes

DESCRIBED = description()
LABELS = labels(DESCRIBED)
FEW, MANY = 5, 100
MOST_GROWTH = 80 * 1024 * 1024


@pytest.fixture(scope="module")
def operations() -> Operations:
    return Operations(DESCRIBED)


@pytest.fixture(scope="module", autouse=True)
def survivors(cordee: Cordee, asked: Asked) -> Iterator[None]:
    """No process may die of a question, or grow by much."""
    before = Processes.of(cordee)
    yield
    assert Processes.of(cordee).pids == before.pids
    assert Processes.of(cordee).growth_since(before) < MOST_GROWTH


@pytest.mark.parametrize("label", LABELS)
def test_every_question_is_answered(asked: Asked, operations: Operations, label: str) -> None:
    ask_many(asked, operations, label, FEW, 1)


@pytest.mark.drill
@pytest.mark.parametrize("label", LABELS)
def test_very_many_are(asked: Asked, operations: Operations, label: str) -> None:
    ask_many(asked, operations, label, MANY, int(os.environ.get("CORDEE_TEST_SEED", "2")))


def ask_many(asked: Asked, operations: Operations, label: str, most: int, start: int) -> None:
    """Each is asked by nobody first: the administrator may delete what it is about."""

    @seed(start)
    @settings(
        max_examples=most,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operations.questions(label), there=st.booleans())
    def ask(case: Case, there: bool) -> None:
        for who in ("anonymous", "root+"):
            is_answered(asked.ask(case, who, there))

    ask()


def is_answered(answer: httpx.Response) -> None:
    """With what it is about, or with a refusal that says what was wrong."""
    question = f"{answer.request.method} {answer.request.url} {answer.request.content!r:.2000}"
    assert answer.status_code < 500, f"{question}\n{answer.text}"
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", question
        said = answer.json()
        assert said["status"] == answer.status_code
        assert said["detail"]
        assert said.get("field") or answer.status_code not in (400, 413, 422), f"{question}\n{said}"
