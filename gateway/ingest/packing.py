"""From a checked envelope to the chunks that travel: lines joined and compressed per stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import zstandard

from gateway.ingest.envelope import (
    EVENTS,
    HISTORY,
    LOG,
    STREAMS,
    SUMMARY,
    Envelope,
    checked_rows,
    checked_summary,
    size_of,
)
from shared.contracts.runs import StreamGrant
from shared.messaging.ingest import Chunk, Part, StreamName

PART_BYTES = 4 * 1024 * 1024
"""Lines beyond this go into a further part, so that no message comes near the bus's limit."""

_packer = zstandard.ZstdCompressor(level=1)


def chunks_of(envelope: Envelope, grant: StreamGrant, at: int) -> list[Chunk]:
    """Usually one. A large request becomes several, the completion in the last of them.

    None is larger than its largest line, or than 2 * PART_BYTES.
    """
    summary = _summary(envelope)
    parts: list[Part] = []
    last_line = last_event = None
    for name, file in envelope.files.items():
        if name == SUMMARY or not file.content:
            continue
        lines, first, last = file.content, -1, -1
        if name == LOG:
            lines = [line.replace("\n", " ") for line in lines]
        else:
            lines, first, last = checked_rows(name, lines, file.offset)
        if name == HISTORY and summary is None:
            last_line = lines[-1]
        if name == EVENTS:
            last_event = lines[-1]
        parts += _parts(cast(StreamName, STREAMS[name]), file.offset, lines, first, last)
    groups = list(_grouped(parts)) or [[]]
    beside = [summary, last_line, last_event, *envelope.uploaded]
    if sum(size_of(text) for text in beside if text) > PART_BYTES:
        groups.append([])
    *early, final = groups
    sent = [Chunk(grant.run_id, grant.generation, at, group) for group in early]
    return [
        *sent,
        Chunk(
            grant.run_id,
            grant.generation,
            at,
            final,
            summary=summary,
            last_line=last_line,
            last_event=last_event,
            uploaded=envelope.uploaded,
            preempting=bool(envelope.preempting),
            complete=bool(envelope.complete),
            exit_code=envelope.exitcode,
        ),
    ]


def _summary(envelope: Envelope) -> str | None:
    file = envelope.files.get(SUMMARY)
    return checked_summary(file.content) if file is not None else None


def _parts(
    stream: StreamName, offset: int, lines: list[str], first: int, last: int
) -> Iterator[Part]:
    text = "\n".join(lines).encode("utf-8", "replace")
    if len(text) <= PART_BYTES:  # nearly always: no line is looked at by itself
        yield Part(stream, offset, len(lines), first, last, _packer.compress(text))
        return
    group: list[str] = []
    size = 0
    for line in lines:
        if group and size + size_of(line) > PART_BYTES:
            yield _part(stream, offset, group, first, last)
            offset, group, size = offset + len(group), [], 0
        group.append(line)
        size += size_of(line)
    yield _part(stream, offset, group, first, last)


def _part(stream: StreamName, offset: int, lines: list[str], first: int, last: int) -> Part:
    text = "\n".join(lines).encode("utf-8", "replace")
    return Part(stream, offset, len(lines), first, last, _packer.compress(text))


def _grouped(parts: list[Part]) -> Iterator[list[Part]]:
    group: list[Part] = []
    size = 0
    for part in parts:
        if group and size + len(part.packed) > PART_BYTES:
            yield group
            group, size = [], 0
        group.append(part)
        size += len(part.packed)
    if group:
        yield group
