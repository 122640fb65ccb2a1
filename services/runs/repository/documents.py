"""Runs to documents and back: the whole mapping, and how long texts are packed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import zstandard
from bson import Binary

from services.runs.domain.run import Progress, Run, State
from services.runs.domain.searchable import Scalar, config_pairs, summary_pairs
from shared.dialect import decode_row
from shared.errors import Invalid
from shared.kit.mongo import Document

TEXTS = ("config", "summary", "system")
PAIRS = {"config": "config_pairs", "summary": "summary_pairs"}
_PACK_ABOVE = 4_096


def to_document(run: Run) -> Document:
    """A whole run, as inserted."""
    names = [field.name for field in fields(run) if field.name != "id"]
    return {"_id": run.id, **changes(run, names)}


def changes(run: Run, names: Iterable[str]) -> Document:
    """The `$set` of some of its fields, with what is derived from them."""
    found: Document = {}
    for name in names:
        value = getattr(run, name)
        if name in TEXTS:
            found[name] = _packed(value)
            if name in PAIRS:
                found[PAIRS[name]] = _pairs(name, value)
        elif name == "progress":
            found["lines"] = {"history": value.history, "events": value.events, "log": value.log}
        elif name == "state":
            found[name] = str(value)
        else:
            found[name] = value
    return found


def to_run(document: Mapping[str, Any]) -> Run:
    """A run of a document; texts that were not loaded are empty objects."""
    lines = document.get("lines", {})
    values: dict[str, Any] = {
        field.name: document[field.name]
        for field in fields(Run)
        if field.name in document and field.name not in TEXTS
    }
    values |= {name: _unpacked(document[name]) for name in TEXTS if name in document}
    values["state"] = State(document["state"])
    return Run(**values, id=document["_id"], progress=Progress(**lines))


def without(texts: frozenset[str]) -> dict[str, int]:
    """The projection that leaves out what was not asked for."""
    hidden = dict.fromkeys(PAIRS.values(), 0)
    return hidden | {name: 0 for name in TEXTS if name not in texts}


def _pairs(name: str, text: str) -> list[dict[str, Scalar]]:
    try:
        document = decode_row(text)
    except Invalid:
        return []
    pairs = config_pairs(document) if name == "config" else summary_pairs(document)
    return [{"k": key, "v": value} for key, value in pairs]


def _packed(text: str) -> str | Binary:
    if len(text) < _PACK_ABOVE:
        return text
    return Binary(zstandard.ZstdCompressor(level=1).compress(text.encode()))


def _unpacked(kept: str | bytes) -> str:
    if isinstance(kept, str):
        return kept
    return zstandard.ZstdDecompressor().decompress(kept).decode()
