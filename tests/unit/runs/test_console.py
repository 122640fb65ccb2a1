"""Console lines in both of the SDK's forms, and any text at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runs.domain.console import ConsoleLine, parse_console

AT = "2026-11-22T17:08:27.423907"


class TestParse:
    @given(st.text())
    def test_no_text_is_refused(self, text: str) -> None:
        assert isinstance(parse_console(text).text, str)

    def test_what_is_no_text_is_shown_as_well_as_can_be(self) -> None:
        line = parse_console('{"content":"a\\ud800b","label":"\\udfff"}')
        assert (line.text, line.label) == ("a?b", "?")

    @pytest.mark.parametrize(
        "line",
        [
            *("", "hello", "{", "{}", "{not json}", '{"a":1}', "[1]", "ERROR without a time"),
            *("2026-11-22 17:08 almost", f" {AT} blank first", AT, '{"content":' + "[" * 100_000),
        ],
    )
    def test_what_is_neither_form_is_its_own_text(self, line: str) -> None:
        assert parse_console(line) == ConsoleLine(line)

    @pytest.mark.parametrize(
        ("line", "parsed"),
        [
            (f"{AT} hello", ConsoleLine("hello", AT)),
            (f"{AT} ", ConsoleLine("", AT)),
            (f"ERROR {AT} oh no", ConsoleLine("oh no", AT, "error")),
            (f"{AT} a\rb\x1b[31mc\n", ConsoleLine("a\rb\x1b[31mc\n", AT)),
            ("2026-11-22T17:08:27 no fraction", ConsoleLine("no fraction", AT[:19])),
            (f"{AT} {AT} x", ConsoleLine(f"{AT} x", AT)),
            (f"{AT} ERROR is only a word", ConsoleLine("ERROR is only a word", AT)),
        ],
    )
    def test_the_older_form_has_a_time_and_maybe_an_error(
        self, line: str, parsed: ConsoleLine
    ) -> None:
        assert parse_console(line) == parsed

    @pytest.mark.parametrize(
        ("entry", "parsed"),
        [
            ({"content": "hello"}, ConsoleLine("hello")),
            ({"ts": AT, "content": "x & <y>"}, ConsoleLine("x & <y>", AT)),
            (
                {"ts": AT, "content": "x", "level": "error", "label": "rank0"},
                ConsoleLine("x", AT, "error", "rank0"),
            ),
            ({"content": 7, "ts": None}, ConsoleLine("7")),
            ({"content": "{}", "more": [1]}, ConsoleLine("{}")),
        ],
    )
    def test_the_newer_form_is_an_object(self, entry: object, parsed: ConsoleLine) -> None:
        assert parse_console(json.dumps(entry)) == parsed
