"""Names for runs whose authors gave none."""

from __future__ import annotations

import re

from services.runs.domain.naming import FIRST, SECOND, display_name


class TestDisplayName:
    def test_it_is_two_words_and_the_count(self) -> None:
        assert display_name(7, lambda _: 0) == f"{FIRST[0]}-{SECOND[0]}-7"
        assert display_name(12, lambda below: below - 1) == f"{FIRST[-1]}-{SECOND[-1]}-12"

    def test_the_words_are_plain_and_each_is_there_once(self) -> None:
        for words in (FIRST, SECOND):
            assert len(set(words)) == len(words) > 40
            assert all(re.fullmatch("[a-z]{3,12}", word) for word in words)
