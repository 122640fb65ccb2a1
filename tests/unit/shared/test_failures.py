"""An error rides home in the headers of an answer, and is raised again as what it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pymongo.errors import AutoReconnect, DuplicateKeyError, NetworkTimeout

from shared.errors import BY_CODE, CordeeError, Invalid, Unavailable
from shared.messaging import failures, headers

KINDS = sorted(BY_CODE.values(), key=lambda kind: kind.code)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def there_and_back(error: CordeeError) -> CordeeError:
    found = failures.to_headers(error)
    for value in found.values():
        assert value.isascii()
        assert not {"\r", "\n"} & set(value)
    return failures.from_headers(found, error.message.encode())


class TestTheWayHome:
    def test_a_word_that_we_do_not_know_is_taken_as_temporary(self) -> None:
        found = failures.from_headers({headers.ERROR: "new_in_2030"}, b"what?")
        assert type(found) is Unavailable
        assert type(there_and_back(CordeeError("a fault"))) is Unavailable

    @pytest.mark.parametrize("kind", KINDS)
    def test_each_kind_comes_back_as_itself(self, kind: type[CordeeError]) -> None:
        home = there_and_back(kind("what happened", field="files.a.offset", retry_after=7.5))
        assert type(home) is kind
        assert (home.message, home.field, home.retry_after) == (
            "what happened",
            "files.a.offset",
            7.5,
        )

    def test_what_was_not_said_is_not_made_up(self) -> None:
        home = there_and_back(Invalid("wrong"))
        assert (home.field, home.retry_after) == (None, None)

    @given(message=texts, field=texts)
    def test_any_text_makes_the_journey(self, message: str, field: str) -> None:
        home = there_and_back(Invalid(message, field=field))
        assert home.message == message
        assert (home.field or "").isascii()


class TestForeignFailures:
    def test_a_fault_of_ours_has_no_word(self) -> None:
        assert failures.as_ours(KeyError("x")) is None

    def test_one_of_ours_stays_what_it_is(self) -> None:
        error = Invalid("wrong")
        assert failures.as_ours(error) is error

    @pytest.mark.parametrize(
        "error", [AutoReconnect("x"), NetworkTimeout("x"), DuplicateKeyError("x")]
    )
    def test_a_database_that_fails_is_unavailable(self, error: Exception) -> None:
        assert type(failures.as_ours(error)) is Unavailable

    def test_a_model_that_does_not_fit_is_invalid_with_its_field(self) -> None:
        class Inner(BaseModel):
            count: int

        class Outer(BaseModel):
            items: list[Inner]

        with pytest.raises(ValidationError) as raised:
            Outer.model_validate({"items": [{"count": 1}, {"count": "hunter2"}]})
        found = failures.as_ours(raised.value)
        assert isinstance(found, Invalid)
        assert found.field == "items.1.count"
        assert "hunter2" not in found.message
