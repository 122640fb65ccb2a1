"""`cordee backup`, `cordee restore`, `cordee verify`."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.cli.client import refuse

if TYPE_CHECKING:
    from shared.backup.catalogue import Catalogue

# The drivers are imported where they are used: no other command is to pay for them.

DOES_NOT_HOLD = 1

Folder = Annotated[Path, typer.Argument(help="The folder of the backup.")]
Data = Annotated[Path, typer.Option(envvar="CORDEE_DATA_DIR", help="The data dir.")]


def backup(folder: Folder, data_dir: Data = Path("data")) -> None:
    """Write everything that a running Cordée has acknowledged into a new folder.

    Logging goes on meanwhile. The folder holds the secrets too: guard it like the data dir.
    Exit 1: a blob that a document needs is missing, or the disk did not keep what was written.
    """
    from shared.backup import making, places

    with _refusing():
        found = places.of_running(data_dir.absolute(), os.environ)
        made, problems = asyncio.run(making.make(folder.absolute(), found, typer.echo))
    if problems:
        _tell(problems)
        typer.echo(f"{folder}: made, but not whole: see above", err=True)
        raise typer.Exit(DOES_NOT_HOLD)
    typer.echo(f"{folder}: {_size(made)} in {len(made.pieces())} files, made {made.finished_at}")


def restore(folder: Folder, data_dir: Data = Path("data")) -> None:
    """Put a backup into a new data dir; `cordee up` starts from it.

    Every file is checked against the digest that was written with it before anything is restored.
    Blobs that were missing already when the backup was made are named; all else is restored.
    """
    from shared.backup import making, verifying

    with _refusing():
        if problems := list(verifying.faults(folder.absolute())):
            _tell(problems)
            raise typer.Exit(DOES_NOT_HOLD)
        _tell([f"warning: {one}" for one in verifying.dangling(folder.absolute())])
        work = making.put_back(folder.absolute(), data_dir.absolute(), os.environ, typer.echo)
        made = asyncio.run(work)
    typer.echo(f"Restored to {data_dir} what was acknowledged before {made.started_at}.")


def verify(folder: Folder) -> None:
    """Check a backup: every digest, every count, every reference from a document to a blob.

    Exit 0: it can be restored whole. Exit 1: what is wrong is listed.
    """
    from shared.backup import verifying
    from shared.backup.catalogue import Catalogue

    with _refusing():
        problems = list(verifying.faults(folder.absolute()))
        problems = problems or [str(one) for one in verifying.dangling(folder.absolute())]
    if problems:
        _tell(problems)
        raise typer.Exit(DOES_NOT_HOLD)
    kept = Catalogue.load(folder.absolute())
    typer.echo(f"sound: {_size(kept)} in {len(kept.pieces())} files, made {kept.finished_at}")


@contextmanager
def _refusing() -> Iterator[None]:
    """What the servers, the disk and the backup itself can say, in one line."""
    import nats.errors

    from shared.backup import documents
    from shared.backup.catalogue import Damaged
    from shared.embedded.failures import CannotStart

    try:
        yield
    except (*documents.PROBLEMS, Damaged, CannotStart, nats.errors.Error, TimeoutError) as problem:
        refuse(str(problem))


def _tell(problems: list[str]) -> None:
    for problem in problems:
        typer.echo(problem, err=True)


def _size(kept: Catalogue) -> str:
    size = float(sum(piece.size for piece in kept.pieces()))
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
