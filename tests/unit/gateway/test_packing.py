"""From an envelope to the chunks that travel."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np
import pytest
import zstandard

from gateway.ingest.envelope import (
    EVENTS,
    HISTORY,
    LOG,
    MIB,
    SUMMARY,
    Envelope,
    FileChunk,
    read_envelope,
)
from gateway.ingest.packing import PART_BYTES, chunks_of
from shared.contracts.runs import StreamGrant
from shared.errors import Invalid
from shared.messaging import ingest
from shared.messaging.ingest import Chunk, Part

GRANT = StreamGrant(run_id="run1", generation=3, stop_requested=False)
LARGEST_MESSAGE = 16 * MIB
"""What `max_payload` lets through."""


def packed(**files: FileChunk) -> list[Chunk]:
    names = {"history": HISTORY, "events": EVENTS, "summary": SUMMARY, "log": LOG}
    return chunks_of(Envelope({names[name]: file for name, file in files.items()}), GRANT, 1_000)


def lines_of(parts: Iterable[Part]) -> dict[int, str]:
    """Line number → line."""
    found: dict[int, str] = {}
    for part in parts:
        lines = zstandard.ZstdDecompressor().decompress(part.packed).decode().split("\n")
        assert len(lines) == part.count
        found |= {part.first + index: line for index, line in enumerate(lines)}
    return found


def noise(size: int, lowest: int = 0x30, highest: int = 0x5A) -> str:
    """Text that compresses as badly as text of these letters can."""
    letters = np.random.default_rng(size).integers(lowest, highest, size, np.uint32)
    return letters.tobytes().decode("utf-32-le")


class TestOneRequest:
    def test_a_line_that_cannot_be_kept_refuses_the_whole_request(self) -> None:
        bad = FileChunk(['{"a":1e400}'])
        for name in ("history", "events", "summary"):
            with pytest.raises(Invalid):
                packed(**{name: bad}, log=FileChunk(["fine"]))

    def test_a_heartbeat_is_one_empty_chunk(self) -> None:
        assert chunks_of(Envelope(), GRANT, 1_000) == [Chunk("run1", 3, 1_000, [])]

    def test_files_become_the_parts_of_one_chunk(self) -> None:
        (chunk,) = packed(
            history=FileChunk(['{"_step":4}', '{"_step":9}'], 2),
            events=FileChunk(['{"system.cpu":1}'], 7),
            log=FileChunk(["one", "two\nlines"], 5),
        )
        assert (chunk.run_id, chunk.generation, chunk.at) == ("run1", 3, 1_000)
        parts = {part.stream: part for part in chunk.parts}
        assert lines_of([parts["history"]]) == {2: '{"_step":4}', 3: '{"_step":9}'}
        assert lines_of([parts["events"]]) == {7: '{"system.cpu":1}'}
        assert lines_of([parts["log"]]) == {5: "one", 6: "two lines"}
        history, log = parts["history"], parts["log"]
        assert (history.first_step, history.last_step) == (4, 9)
        assert (log.first_step, log.last_step) == (-1, -1)

    def test_a_file_without_lines_makes_no_part(self) -> None:
        assert packed(history=FileChunk([], 9), log=FileChunk([], 9))[0].parts == []

    def test_the_summary_travels_as_text_and_makes_the_last_line_unnecessary(self) -> None:
        (chunk,) = packed(history=FileChunk(['{"_step":1}']), summary=FileChunk(['{"loss":NaN}']))
        assert (chunk.summary, chunk.last_line) == ('{"loss":NaN}', None)

    def test_without_a_summary_the_last_history_line_goes_along(self) -> None:
        (chunk,) = packed(history=FileChunk(['{"a":1}', '{"a":2}'], 6))
        assert chunk.summary is None
        assert json.loads(chunk.last_line or "") == {"a": 2, "_step": 7}

    def test_the_last_line_of_system_metrics_goes_along(self) -> None:
        (chunk,) = packed(events=FileChunk(['{"cpu":1}', '{"cpu":2}']))
        assert chunk.last_event == '{"cpu":2}'

    def test_the_end_of_a_run_is_said(self) -> None:
        envelope = Envelope({}, ["a/b.txt"], preempting=True, complete=True, exitcode=3)
        (chunk,) = chunks_of(envelope, GRANT, 1_000)
        assert (chunk.complete, chunk.exit_code, chunk.preempting) == (True, 3, True)
        assert chunk.uploaded == ["a/b.txt"]

    def test_console_text_of_any_kind_is_kept(self) -> None:
        lines = ["", "\r 10%|█", "\x1b[31mred\x1b[0m", "\x00", '{"ts":"","content":"x"}']
        assert list(lines_of(packed(log=FileChunk(lines))[0].parts).values()) == lines


class TestLargeRequests:
    def test_many_lines_are_cut_into_parts_without_losing_one(self) -> None:
        lines = [f'{{"_step":{n},"a":"{noise(400_000)}"}}' for n in range(24)]
        chunks = packed(history=FileChunk(lines, 100))
        assert lines_of(part for chunk in chunks for part in chunk.parts) == {
            100 + index: line for index, line in enumerate(lines)
        }
        parts = [part for chunk in chunks for part in chunk.parts]
        assert all(len(part.packed) <= PART_BYTES for part in parts)
        assert len(parts) > 1

    def test_only_the_last_chunk_says_what_is_said_once(self) -> None:
        files = {LOG: FileChunk([noise(MIB) for _ in range(9)])}
        envelope = Envelope(files, ["f"], preempting=True, complete=True, exitcode=0)
        *early, final = chunks_of(envelope, GRANT, 1_000)
        assert early
        assert not any(c.complete or c.preempting or c.uploaded or c.summary for c in early)
        assert (final.complete, final.exit_code, final.uploaded) == (True, 0, ["f"])

    @pytest.mark.parametrize("name", [HISTORY, EVENTS, SUMMARY, LOG])
    @pytest.mark.parametrize(
        "text",
        [noise(10 * MIB - 200_000), noise(3 * MIB, 0x4E00, 0x9E00), "\x7f" * (10 * MIB - 200_000)],
        ids=["ascii", "chinese", "dull"],
    )
    def test_the_largest_line_makes_messages_that_the_bus_takes(self, name: str, text: str) -> None:
        body = json.dumps({"files": {name: {"content": [f'{{"a":"{text}"}}']}}}).encode()
        for chunk in chunks_of(read_envelope(body), GRANT, 1_000):
            assert len(ingest.encode([chunk])) < LARGEST_MESSAGE

    def test_many_uploaded_names_make_messages_that_the_bus_takes(self) -> None:
        names = [noise(3_000 + n) for n in range(500)] * 6
        files = {LOG: FileChunk([noise(MIB)])}
        chunks = chunks_of(Envelope(files, names), GRANT, 1_000)
        assert chunks[-1].uploaded == names
        assert all(len(ingest.encode([chunk])) < LARGEST_MESSAGE for chunk in chunks)
