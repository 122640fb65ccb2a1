"""Some keys of config and summary, without the others: from the pairs, where they say all of it.

The values that a table shows are a few of hundreds, and a run's texts hold all of them. MongoDB
sends the pairs of the keys that were asked for; a text is read only of the runs where a key names
an object, a list or something else that pairs do not hold, and of those that were written before
documents told which keys these are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from services.runs.domain.run import Run
from services.runs.domain.searchable import plain_config
from services.runs.repository.documents import BEYOND, PAIRS, TEXTS, unpacked
from shared.dialect import MISSING, decode_row, dig
from shared.kit.mongo import USER_READ_MS, Collection, Document

_KEPT = {"block", "lines", *(field.name for field in fields(Run))} - set(TEXTS)


class Picking:
    """Keys by their area: `config.lr`, `summary.val/loss`."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys: dict[str, list[str]] = {}
        for key in dict.fromkeys(keys):
            area, _, path = key.partition(".")
            if area in PAIRS:
                self._keys.setdefault(area, []).append(path)

    def projection(self) -> Document:
        """A run's own fields, and of the pairs those of the keys."""
        found: Document = dict.fromkeys(_KEPT, 1)
        for area, paths in self._keys.items():
            asked = {"$literal": paths}
            found[PAIRS[area]] = _filtered(f"${PAIRS[area]}", {"$in": ["$$this.k", asked]})
            found[BEYOND[area]] = _filtered(f"${BEYOND[area]}", {"$in": ["$$this", asked]})
        return found

    async def fill(self, runs: Collection, page: Sequence[Document]) -> None:
        """Give each document texts that say the keys and no others."""
        unsettled = {one["_id"]: self._unsettled(one) for one in page}
        texts = await self._texts(runs, unsettled)
        for document in page:
            for area, paths in self._keys.items():
                known = {pair["k"]: pair["v"] for pair in document.get(PAIRS[area]) or ()}
                found = {path: known[path] for path in paths if path in known}
                if rest := unsettled[document["_id"]].get(area):
                    text = texts.get(document["_id"], {}).get(area, "{}")
                    found = {path: found[path] for path in found if path not in rest}
                    found |= _dug(area, text, rest)
                document[area] = _written(area, found)

    def _unsettled(self, document: Document) -> dict[str, list[str]]:
        """The keys of which the pairs do not say all, by area."""
        found = {}
        for area, paths in self._keys.items():
            beyond = document.get(BEYOND[area])
            some = paths if beyond is None else [path for path in paths if path in beyond]
            # The SDK's own stands in no pairs; of a config nobody is told it.
            if area == "summary":
                own = (path for path in paths if path.partition(".")[0] == "_wandb")
                some = list(dict.fromkeys((*some, *own)))
            if some:
                found[area] = some
        return found

    async def _texts(
        self, runs: Collection, unsettled: Mapping[str, Mapping[str, object]]
    ) -> dict[str, Document]:
        found: dict[str, Document] = {}
        for area in self._keys:
            ids = [run_id for run_id, areas in unsettled.items() if area in areas]
            if ids:
                chosen = {"_id": {"$in": ids}}
                cursor = runs.find(chosen, {area: 1}, max_time_ms=USER_READ_MS)
                async for one in cursor:
                    found.setdefault(one["_id"], {})[area] = unpacked(one.get(area, "{}"))
        return found


def _filtered(array: str, condition: Document) -> Document:
    return {"$filter": {"input": array, "cond": condition}}


def _dug(area: str, text: str, paths: Sequence[str]) -> dict[str, Any]:
    row = decode_row(text)
    plain = plain_config(row) if area == "config" else row
    found = {path: dig(plain, path) for path in paths}
    return {path: value for path, value in found.items() if value is not MISSING}


def _written(area: str, found: Mapping[str, Any]) -> str:
    """As the SDK writes a config and a summary; nested values stand under their dotted names."""
    shown = {key: {"value": value} for key, value in found.items()} if area == "config" else found
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
