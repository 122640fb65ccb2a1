"""`cordee import`: runs from elsewhere, with their ids and times. `cordee export`: out again.

Every command can be broken off and repeated: what has been brought over is found and left alone.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit

import typer

from gateway.cli import client
from gateway.cli.client import refuse

if TYPE_CHECKING:
    from gateway.cli.ferry.cargo import Source
    from gateway.cli.ferry.carrying import Report
    from gateway.cli.ferry.landing import Landing

app = typer.Typer(
    help="Bring runs in from elsewhere, with their ids and times. Needs the key of an "
    "administrator of the entity that they go to.",
    no_args_is_help=True,
)

NOT_WHOLE = 1

To = Annotated[
    str, typer.Option("--to", metavar="ENTITY[/PROJECT]", help="Where it goes; else your own.")
]
Url = Annotated[str | None, typer.Option(help="The server; else WANDB_BASE_URL, else this machine")]
Artifacts = Annotated[bool, typer.Option(help="Versions of artifacts, too.")]


@app.command("wandb")
def import_wandb(
    what: Annotated[str, typer.Argument(metavar="ENTITY[/PROJECT]", help="What is to come.")],
    source_url: Annotated[
        str, typer.Option("--from", help="The server that it is on.")
    ] = "https://api.wandb.ai",
    to: To = "",
    filters: Annotated[
        str | None, typer.Option(help="Only runs that match; the SDK's JSON filter.")
    ] = None,
    artifacts: Artifacts = True,
    url: Url = None,
) -> None:
    """From W&B, or another Cordée: runs, histories, files, artifacts.

    The key for that server is taken from CORDEE_IMPORT_API_KEY, or from where `wandb login`
    keeps it. Exit 1: something stayed where it was, and is named; run the command again.
    """
    from gateway.cli.ferry.wandb_server import WandbServer

    source_url = source_url.rstrip("/")
    key = os.environ.get("CORDEE_IMPORT_API_KEY") or client.from_netrc(source_url)
    entity, _, project = what.partition("/")
    source = WandbServer(source_url, key, entity, [project] if project else (), filters)
    _bring(source, to, url, artifacts)


@app.command("mlflow")
def import_mlflow(
    store: Annotated[
        str, typer.Argument(help="A server (http…), a tracking folder (mlruns), or its SQLite.")
    ],
    to: To = "",
    url: Url = None,
) -> None:
    """From MLflow: experiments become projects, metrics histories, params and tags the config.

    The credential of a server is taken from MLFLOW_TRACKING_USERNAME and _PASSWORD, or
    MLFLOW_TRACKING_TOKEN. Exit 1: something stayed where it was; run the command again.
    """
    with _refusing():
        source = _mlflow(store)
    _bring(source, to, url, artifacts=False)


@app.command("tensorboard")
def import_tensorboard(
    folder: Annotated[Path, typer.Argument(help="The folder that TensorBoard is shown.")],
    to: To = "",
    url: Url = None,
) -> None:
    """From TensorBoard's event files: a run per folder, scalars and texts.

    Without a project in --to it is named after the folder.
    """
    from gateway.cli.ferry.tensorboard import TensorboardFolder

    with _refusing():
        source = TensorboardFolder(folder)
    _bring(source, to, url, artifacts=False)


@app.command("bundle")
def import_bundle(
    folder: Annotated[Path, typer.Argument(help="A bundle that `cordee export` made.")],
    to: To = "",
    trust: Annotated[
        Path | None, typer.Option(help="Refuse it unless this public key (PEM) signed it.")
    ] = None,
    artifacts: Artifacts = True,
    url: Url = None,
) -> None:
    """From a bundle, once every digest in it fits."""
    from gateway.cli.ferry.bundle import Damaged
    from gateway.cli.ferry.bundle_reading import BundleSource

    try:
        source = BundleSource(folder, trust)
    except Damaged as damage:
        refuse(str(damage))
    _bring(source, to, url, artifacts)


def export(
    what: Annotated[str, typer.Argument(metavar="ENTITY[/PROJECT]", help="What is to go out.")],
    folder: Annotated[Path, typer.Argument(help="A new folder, or one that was not finished.")],
    sign: Annotated[
        Path | None, typer.Option(help="Sign it with this Ed25519 key (PEM, not encrypted).")
    ] = None,
    filters: Annotated[
        str | None, typer.Option(help="Only runs that match; the SDK's JSON filter.")
    ] = None,
    artifacts: Artifacts = True,
    url: Url = None,
) -> None:
    """Write runs and artifacts into a folder of JSON, Parquet and plain files.

    Exit 1: something is missing from it, and is named; run the command again.
    """
    from gateway.cli.ferry import bundle
    from gateway.cli.ferry.bundle_writing import BundleWriter
    from gateway.cli.ferry.carrying import into_bundle
    from gateway.cli.ferry.wandb_server import WandbServer

    server = client.connect(url)
    entity, _, project = what.partition("/")
    with _refusing():
        source = WandbServer(server.url, server.key, entity, [project] if project else (), filters)
        folder.mkdir(parents=True, exist_ok=True)
        report = into_bundle(source, BundleWriter(folder), artifacts)
        facts = {"source": f"{server.url}/{what}", "runs": report.brought + report.known}
        files = bundle.seal(folder, facts, sign)
    report.tell("Exported")
    typer.echo(f"{folder}: {files} files" + (", signed" if sign else ""))
    _end(report)


def _bring(source: Source, to: str, url: str | None, artifacts: bool) -> None:
    from gateway.cli.ferry.carrying import into_cordee
    from gateway.cli.ferry.landing import Landing

    server = client.connect(url)
    entity, _, project = to.partition("/")
    landing: Landing = Landing(
        server.url, server.key, entity or server.get("/users/me")["default_entity"]
    )
    rename: Callable[[str], str] = (lambda _: project) if project else (lambda name: name)
    with _refusing():
        report = into_cordee(source, landing, rename, artifacts)
    report.tell("Imported")
    _end(report)


def _end(report: Report) -> None:
    if report.problems:
        raise typer.Exit(NOT_WHOLE)


@contextmanager
def _refusing() -> Iterator[None]:
    """What keeps anything from being brought over at all, in one line."""
    from gateway.cli.ferry.bundle import Damaged
    from gateway.cli.ferry.cargo import Trouble

    try:
        yield
    except (Trouble, Damaged, OSError, ValueError, sqlite3.Error) as problem:
        refuse(str(problem))
    except KeyError as missing:
        refuse(f"{missing} is missing from what was to be read")


def _mlflow(store: str) -> Source:
    env = os.environ
    if store.startswith(("http://", "https://")):
        from gateway.cli.ferry.mlflow_server import MlflowServer

        secret = env.get("MLFLOW_TRACKING_PASSWORD") or env.get("MLFLOW_TRACKING_TOKEN")
        return MlflowServer(store, env.get("MLFLOW_TRACKING_USERNAME"), secret)
    from gateway.cli.ferry.mlflow_store import MlflowFolder, MlflowSqlite

    path = _path_of(store)
    return MlflowFolder(path) if path.is_dir() else MlflowSqlite(path)


def _path_of(uri: str) -> Path:
    """A path, or an address as MLflow writes it: file:///…, sqlite:///…"""
    if uri.startswith("sqlite:///"):
        return Path(uri.removeprefix("sqlite:///"))
    parts = urlsplit(uri)
    return Path(unquote(parts.path)) if parts.scheme == "file" else Path(uri)
