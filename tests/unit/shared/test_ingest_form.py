"""The form of what flows through INGEST: read back as written, and in one order."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging import ingest
from shared.messaging.ingest import MOST_CHUNKS, Chunk, Part, positioned

text = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
parts = st.builds(
    Part,
    stream=st.sampled_from(["history", "events", "log"]),
    first=st.integers(0, 2**40),
    count=st.integers(1, 1_000),
    first_step=st.integers(-(2**62), 2**62),
    last_step=st.integers(-(2**62), 2**62),
    packed=st.binary(max_size=20),
)
chunks = st.builds(
    Chunk,
    run_id=st.text("abc", min_size=1),
    generation=st.integers(0, 9),
    at=st.integers(0, 2**50),
    parts=st.lists(parts, max_size=3),
    summary=text,
    last_line=text,
    last_event=text,
    uploaded=st.lists(st.text("ab/.", max_size=5), max_size=3),
    preempting=st.booleans(),
    complete=st.booleans(),
    exit_code=st.none() | st.integers(-(2**31), 2**31 - 1),
)


class TestDecode:
    @pytest.mark.parametrize(
        "body",
        [
            *(b"", b"{}", b"\x80", b"\x91", b"\xc1", b"\x91\x90", b"\x91\xc0"),
            msgspec.msgpack.encode([["run", 0, 0, [["images", 0, 1, -1, -1, b""]]]]),
            msgspec.msgpack.encode([["run", "0", 0, []]]),
            msgspec.msgpack.encode([[7, 0, 0, []]]),
        ],
    )
    def test_what_no_gateway_wrote_is_refused(self, body: bytes) -> None:
        with pytest.raises(msgspec.MsgspecError):
            ingest.decode(body)

    @given(st.lists(chunks, max_size=4))
    def test_it_is_read_as_it_was_written(self, sent: list[Chunk]) -> None:
        assert ingest.decode(ingest.encode(sent)) == sent

    def test_what_an_older_gateway_leaves_out_has_its_default(self) -> None:
        body = msgspec.msgpack.encode([["run", 2, 7, []]])
        assert ingest.decode(body) == [Chunk("run", 2, 7, [])]


class TestPosition:
    @given(st.lists(st.integers(1, MOST_CHUNKS), min_size=2, max_size=4))
    def test_positions_rise_within_a_message_and_from_one_to_the_next(
        self, sizes: list[int]
    ) -> None:
        empty = Chunk("run", 0, 0, [])
        found = [
            position
            for sequence, size in enumerate(sizes, start=1)
            for position, _ in positioned(sequence, ingest.encode([empty] * size))
        ]
        assert found == sorted(set(found))
        assert len(found) == sum(sizes)


class TestShards:
    def test_a_run_keeps_to_its_shard(self) -> None:
        assert ingest.shard_of("run1") == ingest.shard_of("run1")
        assert ingest.subject_of(7) == "ingest.7"
