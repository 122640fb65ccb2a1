"""From a source to where it is to be, with a bar to look at and a report at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

import typer

from gateway.cli.ferry.bundle_writing import BundleWriter
from gateway.cli.ferry.cargo import Project, Run, Skipped, Source, Trouble, Version
from gateway.cli.ferry.landing import Landing
from gateway.cli.ferry.landing_artifacts import ArtifactLanding

Step = Callable[[], None]


@dataclass
class Report:
    """What was done; `problems` names what is still where it was, and why."""

    brought: int = 0
    known: int = 0
    versions: int = 0
    known_versions: int = 0
    skipped: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def tell(self, verb: str) -> None:
        """To whoever started it."""
        typer.echo(
            f"{verb} {self.brought} runs and {self.versions} versions of artifacts; "
            f"{self.known} and {self.known_versions} were there already."
        )
        for one in self.skipped:
            typer.echo(f"left: {one}")
        for one in self.problems:
            typer.echo(f"NOT {verb.lower()}: {one}", err=True)


def into_cordee(
    source: Source, landing: Landing, rename: Callable[[str], str], artifacts: bool
) -> Report:
    """Every run that has ended, oldest first, then the versions of artifacts."""
    report = Report()
    for project in source.projects():
        name = rename(project.name)
        here: set[str] = set()
        with _bar(f"{landing.entity}/{name}", project.count) as step:
            for run in _runs(project, report):
                with _noted(report, f"{name}/{run.name}"):
                    fresh = landing.bring(name, run)
                    here.add(run.name)
                    report.brought, report.known = report.brought + fresh, report.known + 1 - fresh
                step()
        if project.description and here:
            with _noted(report, name):
                landing.describe(name, project.description)
        if artifacts:
            dock = ArtifactLanding(landing, name, frozenset(here))
            _versions(project, report, dock.bring)
    return report


def into_bundle(source: Source, writer: BundleWriter, artifacts: bool) -> Report:
    """The same, into a folder."""
    report = Report()
    for project in source.projects():
        place = writer.project(project)
        with _bar(project.name, project.count) as step:
            for run in _runs(project, report):
                with _noted(report, f"{project.name}/{run.name}"):
                    fresh = writer.run(place, run)
                    report.brought, report.known = report.brought + fresh, report.known + 1 - fresh
                step()
        if artifacts:
            _versions(project, report, partial(writer.version, place))
    return report


def _runs(project: Project, report: Report) -> Iterator[Run]:
    for run in project.runs():
        if isinstance(run, Skipped):
            report.skipped.append(f"{project.name}/{run.name} {run.reason}")
        else:
            yield run


def _versions(project: Project, report: Report, bring: Callable[[Version], bool]) -> None:
    with _bar(f"{project.name}: artifacts", None) as step:
        for version in project.versions():
            with _noted(report, f"{project.name}/{version.collection}:v{version.index}"):
                fresh = bring(version)
                report.versions += fresh
                report.known_versions += 1 - fresh
            step()


@contextmanager
def _noted(report: Report, what: str) -> Iterator[None]:
    """One that fails holds up no other; the command tells of it, and can be repeated."""
    try:
        yield
    except Trouble as trouble:
        report.problems.append(f"{what}: {trouble}")


@contextmanager
def _bar(name: str, total: int | None) -> Iterator[Step]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    # A file or a CI log is no terminal, and gets no bar.
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task(name, total=total)
        yield lambda: progress.advance(task)
