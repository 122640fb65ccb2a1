"""Runs to documents and back: the whole mapping, and how long texts are packed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import Any

import zstandard
from bson import Binary

from services.runs.domain.run import Progress, Run, State
from services.runs.domain.searchable import Searchable, of_config, of_summary
from shared.dialect import decode_row
from shared.errors import Invalid
from shared.kit.mongo import Document

TEXTS = ("config", "summary", "system")
PAIRS = {"config": "config_pairs", "summary": "summary_pairs"}
BEYOND = {"config": "config_beyond", "summary": "summary_beyond"}
"""Of which paths the pairs do not say all; absent or null where nobody can say."""
OUT_OF_DATE: Document = {"block": None, "packing": None}
"""Goes with every change: what the register says of the run holds no more."""
_PACK_ABOVE = 4_096


def to_document(run: Run) -> Document:
    """A whole run, as inserted."""
    names = [field.name for field in fields(run) if field.name != "id"]
    return {"_id": run.id, **changes(run, names)}


def changes(run: Run, names: Iterable[str]) -> Document:
    """The `$set` of some of its fields, with what is derived from them."""
    found: Document = dict(OUT_OF_DATE)
    for name in names:
        value = getattr(run, name)
        if name in TEXTS:
            found[name] = _packed(value)
            if name in PAIRS:
                searchable = _searchable(name, value)
                found[PAIRS[name]] = [{"k": path, "v": scalar} for path, scalar in searchable.pairs]
                found[BEYOND[name]] = searchable.beyond
        elif name == "progress":
            found["lines"] = {"history": value.history, "events": value.events, "log": value.log}
        elif name == "state":
            found[name] = str(value)
        elif name == "deleted_at":
            found |= {name: value, "live": value is None}  # an index counts no absent values
        else:
            found[name] = value
    return found


def moved_on(run: Run, names: Iterable[str]) -> Document:
    """The update for what chunks changed. Lines are only ever more: some may be taken late."""
    grown = {"progress", "last_step"}
    found: Document = {"$set": changes(run, set(names) - grown)}
    if grown & set(names):
        found["$max"] = furthest(run.progress, run.last_step)
    return found


def furthest(progress: Progress, last_step: int) -> Document:
    """The `$max` of how far the streams have come."""
    lines = {f"lines.{name}": count for name, count in asdict(progress).items()}
    return lines | {"last_step": last_step}


def to_run(document: Mapping[str, Any]) -> Run:
    """A run of a document; texts that were not loaded are empty objects."""
    lines = document.get("lines", {})
    values: dict[str, Any] = {
        field.name: document[field.name]
        for field in fields(Run)
        if field.name in document and field.name not in TEXTS
    }
    values |= {name: unpacked(document[name]) for name in TEXTS if name in document}
    values["state"] = State(document["state"])
    return Run(**values, id=document["_id"], progress=Progress(**lines))


def without(texts: frozenset[str]) -> Document:
    """The projection that leaves out what was not asked for."""
    hidden = dict.fromkeys((*PAIRS.values(), *BEYOND.values()), 0)
    return hidden | {name: 0 for name in TEXTS if name not in texts}


def _searchable(name: str, text: str) -> Searchable:
    try:
        document = decode_row(text)
    except Invalid:
        return Searchable([], None)
    return of_config(document) if name == "config" else of_summary(document)


def _packed(text: str) -> str | Binary:
    if len(text) < _PACK_ABOVE:
        return text
    return Binary(zstandard.ZstdCompressor(level=1).compress(text.encode()))


def unpacked(kept: str | bytes) -> str:
    if isinstance(kept, str):
        return kept
    return zstandard.ZstdDecompressor().decompress(kept).decode()
