"""What a file_stream body may say, and what each refusal calls the culprit."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.ingest.envelope import (
    EVENTS,
    HISTORY,
    LOG,
    LONGEST_NAME,
    MIB,
    MOST_LINE,
    MOST_LINES,
    MOST_OFFSET,
    MOST_STEP,
    MOST_TEXT,
    SUMMARY,
    checked_rows,
    checked_summary,
    read_envelope,
)
from shared.dialect import MAX_DEPTH, decode_row
from shared.errors import Invalid, TooLarge


def body(**envelope: Any) -> bytes:
    return json.dumps(envelope).encode()


def with_file(name: str = HISTORY, **chunk: Any) -> bytes:
    return body(files={name: {"content": [], **chunk}})


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def rows_of(*lines: str, first: int = 0) -> list[dict[str, object]]:
    return [decode_row(line) for line in checked_rows(HISTORY, list(lines), first)[0]]


class TestReadEnvelope:
    @pytest.mark.parametrize(
        ("data", "field"),
        [
            (b"", "body"),
            (b"file_stream", "body"),
            (b"{", "body"),
            (b"{}{}", "body"),
            (b"{'complete': true}", "body"),
            (b"\xef\xbb\xbf{}", "body"),
            (b'{"x":NaN}', "body"),
            (b'{"uploaded":["\xff"]}', "body"),
            (b'{"uploaded":["\xed\xa0\x80"]}', "body"),
            (b'{"uploaded":["\\ud800"]}', "body"),
            (b'{"\\udc00":1}', "body"),
            (b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "body"),
            (b"[]", "body"),
            (b"null", "body"),
            (b'"{}"', "body"),
            (body(files=[]), "files"),
            (body(files=None), "files"),
            (body(files={"other.jsonl": {"content": []}}), "files"),
            (body(files={"": {"content": []}}), "files"),
            (body(files={HISTORY: []}), "files[...]"),
            (body(files={HISTORY: {}}), "files[...]"),
            (with_file(content=None), "files[...].content"),
            (with_file(content="{}"), "files[...].content"),
            (with_file(content=[{"a": 1}]), "files[...].content[0]"),
            (with_file(content=["{}", 7]), "files[...].content[1]"),
            (with_file(offset="0"), "files[...].offset"),
            (with_file(offset=1.5), "files[...].offset"),
            (with_file(offset=True), "files[...].offset"),
            (with_file(offset=None), "files[...].offset"),
            (with_file().replace(b"[]", b'[],"offset":1e400'), "files[...].offset"),
            (with_file(offset=-1), f"files.{HISTORY}.offset"),
            (with_file(offset=MOST_OFFSET + 1), f"files.{HISTORY}.offset"),
            (with_file(offset=2**70), f"files.{HISTORY}.offset"),
            (with_file(LOG, offset=-(2**70)), f"files.{LOG}.offset"),
            (body(uploaded="a"), "uploaded"),
            (body(uploaded=[1]), "uploaded[0]"),
            (body(uploaded=["a" * (LONGEST_NAME + 1)]), "uploaded"),
            (body(uploaded=["é" * (LONGEST_NAME // 2 + 1)]), "uploaded"),
            (body(complete=1), "complete"),
            (body(preempting="yes"), "preempting"),
            (body(exitcode="0"), "exitcode"),
            (body(exitcode=0.5), "exitcode"),
            (body(exitcode=2**31), "exitcode"),
            (body(exitcode=-(2**70)), "exitcode"),
        ],
    )
    def test_what_is_malformed_is_refused_with_the_field_named(
        self, data: bytes, field: str
    ) -> None:
        with pytest.raises(Invalid) as refused:
            read_envelope(data)
        assert refused.value.field == field
        assert refused.value.message.startswith(f"{field}")

    @pytest.mark.parametrize(
        ("data", "field"),
        [
            (with_file(content=["a" * (MOST_LINE + 1)]), f"files.{HISTORY}.content"),
            (with_file(LOG, content=["é" * (MOST_LINE // 2 + 1)]), f"files.{LOG}.content"),
            (with_file(content=[""] * (MOST_LINES + 1)), f"files.{HISTORY}.content"),
            (with_file(content=["a" * MIB] * 11), "files"),
            (body(uploaded=[""] * (MOST_LINES + 1)), "uploaded"),
            (body(uploaded=["a" * LONGEST_NAME] * (MOST_TEXT // LONGEST_NAME + 1)), "files"),
        ],
    )
    def test_what_is_too_large_is_refused_as_that(self, data: bytes, field: str) -> None:
        with pytest.raises(TooLarge) as refused:
            read_envelope(data)
        assert refused.value.field == field

    def test_an_empty_object_is_a_heartbeat(self) -> None:
        envelope = read_envelope(b"{}")
        assert (envelope.files, envelope.uploaded, envelope.complete) == ({}, [], None)

    @pytest.mark.parametrize("name", [HISTORY, EVENTS, SUMMARY, LOG])
    def test_each_of_the_four_files_is_taken(self, name: str) -> None:
        envelope = read_envelope(with_file(name, content=["{}"], offset=MOST_OFFSET))
        assert envelope.files[name].content == ["{}"]
        assert envelope.files[name].offset == MOST_OFFSET

    def test_a_file_without_an_offset_begins_at_its_first_line(self) -> None:
        assert read_envelope(with_file(content=["{}"])).files[HISTORY].offset == 0

    def test_fields_that_a_later_sdk_may_add_are_passed_over(self) -> None:
        assert read_envelope(body(complete=True, exitcode=-1, news={"a": [1, 2]})).exitcode == -1

    def test_of_equal_keys_the_last_counts(self) -> None:
        assert read_envelope(b'{"exitcode":1,"exitcode":2}').exitcode == 2

    def test_the_longest_line_of_the_sdk_is_taken(self) -> None:
        line = "a" * (10 * MIB - 100 * 1024)
        assert read_envelope(with_file(content=[line])).files[HISTORY].content == [line]


class TestCheckedRows:
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("", "not JSON"),
            ("{", "not JSON"),
            ("{}}", "not JSON"),
            ('{"a":1} {"b":2}', "not JSON"),
            ('{"a":1,}', "not JSON"),
            ('{"a":01}', "not JSON"),
            ('{"a":nan}', "not JSON"),
            ('{"a":"\t"}', "not JSON"),
            ('{"a":"\n"}', "not JSON"),
            ('{"a":"\\x"}', "not JSON"),
            ('\ufeff{"a":1}', "not JSON"),
            ("[1]", "object"),
            ("1", "object"),
            ("NaN", "object"),
            ("null", "object"),
            ('"{}"', "object"),
            ('{"a":1e400}', "too large"),
            ('{"a":-1E+0309}', "too large"),
            ('{"a":[{"b":1e999999999}]}', "too large"),
            (f'{{"a":{"9" * 309}.5}}', "too large"),
            (f'{{"a":{"9" * 250}e90}}', "too large"),
            (f'{{"a":{"9" * 4301}}}', "digits"),
            (nested(MAX_DEPTH + 1), "deeper"),
            ('{"a":' + "[" * MAX_DEPTH + "]" * MAX_DEPTH + "}", "deeper"),
            (nested(50_000), "deeper"),
            ('{"a":"\\ud800"}', "surrogate"),
            ('{"\\udfff":1}', "surrogate"),
            ('{"a":"\ud800"}', "surrogate"),
            ('{"_step":"1"}', "integer"),
            ('{"_step":1.0}', "integer"),
            ('{"_step":true}', "integer"),
            ('{"_step":[1],"a":NaN}', "integer"),
            (f'{{"_step":{MOST_STEP + 1}}}', "62 bits"),
            (f'{{"_step":{-(2**70)}}}', "62 bits"),
        ],
    )
    @pytest.mark.parametrize("name", [HISTORY, EVENTS])
    @pytest.mark.parametrize("company", ["{}", '{"loss":NaN}'])
    def test_a_line_that_cannot_be_kept_is_named(
        self, name: str, line: str, reason: str, company: str
    ) -> None:
        with pytest.raises(Invalid, match=reason) as refused:
            checked_rows(name, [company, company, line, company], 0)
        assert refused.value.field is not None
        assert refused.value.field.removesuffix("._step") == f"files.{name}.content[2]"
        assert refused.value.message.startswith(refused.value.field)

    @pytest.mark.parametrize(
        "lines",
        [
            ['{"a":{}', '}{"b":2}'],
            ['{"a":{}', '{"b":2}}'],
            ['{"a":1}{"b":2}', "{}"],
            ['{"a":1} {"b":2}', ""],
            ["{}", "", "{}"],
            ['{"a":"}', '{"}'],
        ],
    )
    def test_lines_are_not_mended_by_their_neighbours(self, lines: list[str]) -> None:
        with pytest.raises(Invalid):
            checked_rows(HISTORY, lines, 0)

    @pytest.mark.parametrize(
        "line",
        [
            '{"_step":1,"loss":NaN,"a":Infinity,"b":-Infinity}',
            f'{{"_step":1,"n":{2**70},"m":-{"9" * 4300}}}',
            f'{{"_step":1,"x":1e308,"y":-0.0,"z":1e-400,"w":0e999,"v":0.{"0" * 300}1}}',
            '{"_step":1,"":0,".":1,"a.b":2,"sys/gpu.0":3,"$set":4,"é":5,"\\u0000":6,"😀":7}',
            '{"_step":1,"a":"\\ud83d\\ude00\\n\\"","b":null,"c":[[],{}],"d":true}',
            '{"_step":1,"e123":"1e400","f":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}',
            '{"_step":1,"a":' + nested(MAX_DEPTH - 1) + "}",
            '{"_step":1,"boxes":[' + ",".join(["{}"] * 100) + "]}",
            '{"_step":1,"a":1,"a":2}',
            ' \t{ "_step" : 1 , "a" : 1 } \r',
        ],
    )
    def test_what_the_sdk_can_send_is_kept_to_the_letter(self, line: str) -> None:
        assert checked_rows(HISTORY, [line], 9) == ([line], 1, 1)

    def test_a_newline_between_two_members_becomes_a_blank(self) -> None:
        assert checked_rows(HISTORY, ['{"_step":1,\n"a":2}'], 0)[0] == ['{"_step":1, "a":2}']

    @pytest.mark.parametrize(
        "line", ["{}", '{"a":1}', '{"a":NaN}', " { \n} ", '\t{"a":1}', '{"_step":null,"a":1}']
    )
    def test_a_history_line_without_a_step_is_given_its_index(self, line: str) -> None:
        rows = rows_of('{"_step":3}', line, first=40)
        assert rows[1]["_step"] == 41
        assert checked_rows(HISTORY, ['{"_step":3}', line], 40)[1:] == (3, 41)

    def test_an_events_line_is_left_without_a_step(self) -> None:
        assert checked_rows(EVENTS, ['{"a":1}'], 40) == (['{"a":1}'], -1, -1)

    def test_the_lowest_and_the_highest_step_are_told(self) -> None:
        lines = [f'{{"_step":{step}}}' for step in (7, -2, MOST_STEP, 7)]
        assert checked_rows(HISTORY, lines, 0) == (lines, -2, MOST_STEP)

    def test_a_step_by_an_escaped_name_is_one(self) -> None:
        assert checked_rows(HISTORY, ['{"\\u005fstep":7}'], 0)[1:] == (7, 7)

    def test_no_lines_have_no_steps(self) -> None:
        assert checked_rows(HISTORY, [], 5) == ([], -1, -1)

    def test_the_callers_lines_are_not_changed(self) -> None:
        lines = ["{}"]
        checked_rows(HISTORY, lines, 0)
        assert lines == ["{}"]


class TestCheckedSummary:
    @pytest.mark.parametrize("line", ["", "[]", '{"a":1e400}', nested(33), '{"a":"\\ud800"}'])
    def test_one_that_cannot_be_kept_is_named(self, line: str) -> None:
        with pytest.raises(Invalid) as refused:
            checked_summary(["{}", line])
        assert refused.value.field == f"files.{SUMMARY}.content[1]"

    def test_the_last_of_several_counts(self) -> None:
        assert checked_summary(['{"a":1}', '{"a":NaN}']) == '{"a":NaN}'

    def test_none_is_none(self) -> None:
        assert checked_summary([]) is None

    def test_a_step_in_a_summary_is_a_value_like_any_other(self) -> None:
        assert checked_summary(['{"_step":"last"}']) == '{"_step":"last"}'


pieces = st.sampled_from(
    [
        *('{"a":', "{", "}", "[", "]", ",", ":", " ", "\n", "\t", '"', "\\", "\x00", "\x7f"),
        *("1", "0", "-", ".", "e", "E", "+", "e99", "e308", "e400", "e-400", "E+0309", "1.5"),
        *("9" * 200, "9" * 309, "9" * 4301, "0" * 70, "NaN", "Infinity", "null", "true", "tru"),
        *('"a"', '"_step"', '"\\ud800"', '"\\ud83d\\ude00"', '"\ud800"', '"é"', '"e123"', "\ufeff"),
        *("[" * 31, "]" * 31, "{" * 40, '{"_step":1,', '{"b":2}', '"a":1,', '"x":"y"'),
    ]
)
scraps = st.lists(pieces, max_size=9).map("".join)
dialect = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)
objects = st.dictionaries(st.text(max_size=5), dialect, max_size=4).map(json.dumps)


def accepted(line: str) -> bool:
    """As the exact decoder sees it, with the rule about steps."""
    try:
        step = decode_row(line).get("_step")
    except Invalid:
        return False
    return step is None or (type(step) is int and abs(step) <= MOST_STEP)


class TestAgainstTheExactDecoder:
    @settings(max_examples=800, deadline=None)
    @given(st.lists(scraps.map(lambda scrap: '{"a":' + scrap + "}") | scraps | objects, max_size=5))
    @example(['{"a":' + "9" * 309 + ".0}"])
    @example(['{"a":1e40', "0}"])
    def test_whatever_is_accepted_decodes_and_the_other_way_round(self, lines: list[str]) -> None:
        expected = all(map(accepted, lines))
        try:
            found, low, high = checked_rows(HISTORY, lines, 5)
        except Invalid:
            assert not expected
            return
        assert expected
        steps: list[int] = []
        for index, (line, kept) in enumerate(zip(lines, found, strict=True)):
            row = decode_row(line)
            if row.get("_step") is None:
                row["_step"] = 5 + index
            assert same(decode_row(kept), row)
            assert "\n" not in kept
            steps.append(row["_step"])  # type: ignore[arg-type]
        assert (low, high) == (min(steps, default=-1), max(steps, default=-1))

    @settings(max_examples=300, deadline=None)
    @given(st.binary(max_size=60) | scraps.map(lambda text: text.encode("utf-8", "surrogatepass")))
    def test_no_body_is_anything_but_read_or_refused(self, data: bytes) -> None:
        for candidate in (data, b'{"files":{"wandb-history.jsonl":' + data + b"}}"):
            assert fields_named(candidate)


def fields_named(data: bytes) -> bool:
    """Whether it is read, or refused with a field."""
    try:
        read_envelope(data)
    except (Invalid, TooLarge) as refused:
        return bool(refused.field)
    return True


def same(found: object, wanted: object) -> bool:
    """Equal, NaN included."""
    if isinstance(found, float) and isinstance(wanted, float):
        return found == wanted or (math.isnan(found) and math.isnan(wanted))
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(same(found[key], wanted[key]) for key in found)
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(same, found, wanted))
    return type(found) is type(wanted) and found == wanted
