"""Where imported runs land: a Cordée, spoken to through REST, file_stream and signed links.

Every step can be done again. What an earlier try has brought over is asked of the server, not
remembered here: a broken import goes on from any machine.
"""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any
from urllib.parse import quote

import httpx
import orjson

from gateway.cli.ferry.cargo import File, Run, Trouble
from gateway.cli.ferry.wire import Wire

_MOST_LINES = 5_000
_MOST_TEXT = 4 * 1024 * 1024
_SPOOL = 16 * 1024 * 1024
_HISTORY, _EVENTS, _LOG = "wandb-history.jsonl", "wandb-events.jsonl", "output.log"
_CREATE_FILES = """mutation($i: CreateRunFilesInput!) {
  createRunFiles(input: $i) { files { name uploadUrl } } }"""


class Landing:
    """One entity of the server that things are brought to."""

    def __init__(self, url: str, key: str, entity: str) -> None:
        self.entity = entity
        self.wire = Wire(url, auth=httpx.BasicAuth("api", key))

    def describe(self, project: str, description: str) -> None:
        """What the project said of itself, once there is one."""
        path = f"/api/v1/projects/{_seg(self.entity)}/{_seg(project)}"
        self.wire.json("PATCH", path, json={"description": description})

    def bring(self, project: str, run: Run) -> bool:
        """The whole run; False if all of it was here already."""
        into = f"/api/v1/projects/{_seg(self.entity)}/{_seg(project)}/runs:import"
        found = self.wire.json("POST", into, json=run.facts())
        if found["sealed"]:
            return False
        where = "/".join(map(_seg, (self.entity, project, run.name)))
        counts = {
            word: self._stream(where, file, lines(), found[f"{word}_lines"])
            for word, file, lines in (
                ("history", _HISTORY, run.history),
                ("events", _EVENTS, run.events),
                ("log", _LOG, run.console),
            )
        }
        if run.lines is not None and counts["history"] < run.lines:
            raise Trouble(f"{run.lines} history lines were promised, {counts['history']} came")
        self._files(project, run)
        body = {**counts, "summary": run.summary}
        self.wire.json("POST", f"/api/v1/runs/{where}:seal", json=body)
        return True

    def _stream(self, where: str, file: str, lines: Iterable[str], here: int) -> int:
        """Send what comes after the first `here` lines; how many there are in all.

        Of those that are here the last request may be on its way still: sent again it is the same.
        """
        rest = iter(lines)
        offset = sum(1 for _ in islice(rest, here))
        for chunk in _chunks(rest):
            body = {"files": {file: {"offset": offset, "content": chunk}}}
            self.wire.json("POST", f"/files/{where}/file_stream", content=orjson.dumps(body))
            offset += len(chunk)
        return offset

    def _files(self, project: str, run: Run) -> None:
        here = self._stored(project, run.name)
        for file in run.files():
            if file.name in here and file.md5 is not None and here[file.name] == file.md5:
                continue
            wanted = {
                "entityName": self.entity,
                "projectName": project,
                "runName": run.name,
                "files": [file.name],
            }
            made = self.wire.graphql(_CREATE_FILES, i=wanted)["createRunFiles"]["files"]
            self.put(file, made[0]["uploadUrl"])

    def put(self, file: File, url: str, headers: dict[str, str] | None = None) -> None:
        """The bytes to a link, checked against what the source says of them."""
        with tempfile.SpooledTemporaryFile(_SPOOL) as spool:
            size, md5 = _drawn(file, spool)
            if file.size is not None and size != file.size:
                raise Trouble(f"{file.name}: {file.size} bytes were promised, {size} came")
            if file.md5 is not None and md5 != file.md5:
                raise Trouble(f"{file.name}: the bytes that came have another digest")
            spool.seek(0)
            more = headers if headers is not None else {"Content-MD5": md5}
            more = {"Content-Length": str(size), **more}
            # A body that is a stream can be sent once: another try begins at its beginning.
            answer = self.wire.send("PUT", url, content=_Again(spool), headers=more)
            if not answer.is_success:
                raise Trouble(f"{file.name}: the upload was answered {answer.status_code}")

    def _stored(self, project: str, run: str) -> dict[str, str | None]:
        path = "/".join(map(_seg, (self.entity, project, run)))
        found: dict[str, str | None] = {}
        cursor: str | None = None
        while True:
            query = {"limit": "1000", **({"cursor": cursor} if cursor else {})}
            page: Any = self.wire.json("GET", f"/api/v1/runs/{path}/files", params=query)
            found |= {item["name"]: item["md5"] for item in page["items"]}
            cursor = page["next"]
            if cursor is None:
                return found


class _Again:
    """The bytes of a file, from its beginning, each time they are asked for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(1024 * 1024):
            yield piece


def _drawn(file: File, spool: IO[bytes]) -> tuple[int, str]:
    md5, size = hashlib.md5(usedforsecurity=False), 0
    with file.open() as pieces:
        for piece in pieces:
            spool.write(piece)
            md5.update(piece)
            size += len(piece)
    return size, base64.b64encode(md5.digest()).decode()


def _chunks(lines: Iterable[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for line in lines:
        if chunk and (len(chunk) >= _MOST_LINES or size + len(line) > _MOST_TEXT):
            yield chunk
            chunk, size = [], 0
        chunk.append(line)
        size += len(line)
    if chunk:
        yield chunk


def _seg(part: str) -> str:
    return quote(part, safe="")
