"""The folder: files fetched into it, and every digest checked, now and whenever asked again."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from gateway.cli.client import refuse
from gateway.cli.reproducing import checkout
from gateway.cli.reproducing.recipe import Piece, Recipe, safe


@dataclass(frozen=True)
class Difference:
    """A file, or the commit, that is not what the run had."""

    path: str
    expected: str
    found: str | None
    measure: str = "MD5"

    def __str__(self) -> str:
        if self.found is None:
            return f"{self.path}: is missing ({self.measure} {self.expected})"
        return f"{self.path}: {self.measure} is {self.found}, was {self.expected}"


def fetch(recipe: Recipe, folder: Path) -> None:
    """Everything that the server keeps; then the commit, where there is one."""
    for piece in recipe.pieces:
        _download(piece, folder / safe(piece.path))
    if checkout.wanted(recipe) and checkout.head(folder) is None:
        checkout.check_out(recipe, folder)


def check(recipe: Recipe, folder: Path) -> Iterator[Difference]:
    """Every file whose bytes are others than the run's; and its commit, where there is one."""
    for piece in recipe.pieces:
        file = folder / safe(piece.path)
        found = md5_of(file) if file.is_file() else None
        if found != piece.md5:
            yield Difference(piece.path, piece.md5, found)
    if checkout.wanted(recipe):
        yield from _other_commit(recipe, folder)


def _other_commit(recipe: Recipe, folder: Path) -> Iterator[Difference]:
    found = checkout.head(folder)
    if found is None or found != checkout.full_name(recipe, folder):
        yield Difference(checkout.CODE, recipe.commit or "", found, "commit")


def md5_of(file: Path) -> str:
    """Base64, as everything here says it."""
    digest = hashlib.md5(usedforsecurity=False)
    with file.open("rb") as opened:
        while part := opened.read(1024 * 1024):
            digest.update(part)
    return base64.b64encode(digest.digest()).decode()


def _download(piece: Piece, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with httpx.stream("GET", piece.url, timeout=300) as answer:
            answer.raise_for_status()
            with file.open("wb") as opened:
                for part in answer.iter_bytes():
                    opened.write(part)
    except httpx.HTTPError as fault:
        refuse(f"{piece.path} could not be fetched ({fault}); call again")
