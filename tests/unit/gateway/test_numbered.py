"""IDs of people and teams, as the SDK takes them apart."""

from __future__ import annotations

import base64

import pytest

from gateway.graphql.numbered import from_numbered, to_numbered
from shared.errors import Invalid
from shared.kit.ids import to_global


@pytest.mark.parametrize("name", ["a", "ada", "-ada_9", "x" * 128])
def test_a_name_becomes_a_number_and_comes_back(name: str) -> None:
    found = to_numbered("User", name)
    kind, number = base64.b64decode(found).decode().split(":")
    assert (kind, str(int(number))) == ("User", number)
    assert from_numbered("User", found, "userIds") == name


@pytest.mark.parametrize(
    "forged",
    [
        *("User:ada", "User:-1", "User:²", "User:" + "9" * 5_000, "User:" + "9" * 401),
        *(f"User:{255}", "Entity:97", "User:"),
    ],
)
def test_what_was_never_given_out_is_refused(forged: str) -> None:
    kind, _, rest = forged.partition(":")
    with pytest.raises(Invalid):
        from_numbered("User", to_global(kind, rest), "userIds")
