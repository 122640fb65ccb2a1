"""A gate's report for people: in a terminal, and as a comment of a pull request."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

_SIGNS = {"regressed": "❌", "improved": "✅", "unchanged": "✅", "passed": "✅"}
_UNSURE = "⚠️"
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~$>-])")


def lines(report: Mapping[str, Any]) -> Iterator[str]:
    """For a terminal, and for the log of a CI job."""
    for found in report["findings"]:
        told = (
            f"{found['metric']}: {_number(found['value'])} against "
            f"{_number(found['baseline'])} ({_change(found)})"
            if found["baseline"] is not None
            else f"{found['metric']}: {found['noted']}"
        )
        yield f"{found['verdict']:<16} {printable(told)}"
    yield from (printable(warning) for warning in _warnings(report))
    yield f"{report['verdict']}: against {printable(report['baseline'])}, {_age(report)}"


def comment(report: Mapping[str, Any], url: str) -> str:
    """Markdown with a table, where the baseline comes from, and how old it is.

    What a user has named can neither call anybody nor change what the table says.
    """
    runs = ", ".join(_link(report, run, url) for run in report["runs"])
    rows = [_row(found) for found in report["findings"]]
    text = [
        f"### {_SIGNS.get(report['verdict'], _UNSURE)} Cordée: {report['verdict']}",
        "",
        f"{runs} against {_baseline(report, url)}, {_age(report)}.",
        "",
        "| Metric | Run | Baseline | Change | May lose | |",
        "|---|---:|---:|---:|---:|---|",
        *rows,
    ]
    for warning in _warnings(report):
        text += ["", f"> {_UNSURE} {_escaped(warning)}"]
    return "\n".join(text) + "\n"


def _row(found: Mapping[str, Any]) -> str:
    arrow = "↑" if found["better"] == "higher" else "↓"
    verdict = f"{_SIGNS.get(found['verdict'], _UNSURE)} {found['verdict']}"
    if found["noted"]:
        verdict += f": {_escaped(found['noted'])}"
    cells = [
        f"{_escaped(found['metric'])} {arrow}",
        _number(found["value"]),
        _number(found["baseline"]),
        _change(found),
        f"{found['tolerance']:.3g}" if not found["relative"] else f"{found['tolerance']:.3%}",
        verdict,
    ]
    return f"| {' | '.join(cells)} |"


def _warnings(report: Mapping[str, Any]) -> Iterator[str]:
    if report["stale"]:
        yield f"The baseline is stale: its newest run is {_days(report['baseline_age_s'])} old."
    for found in report["findings"]:
        if found["drift"] is not None:
            yield (
                f"{found['metric']} drifts: the baseline's own runs have changed by "
                f"{found['drift']:+.3g}, too slowly for any one of them to stand out."
            )


def _baseline(report: Mapping[str, Any], url: str) -> str:
    known: Sequence[Mapping[str, Any]] = report["baseline_runs"]
    said = _escaped(report["baseline"])
    if len(known) == 1:
        return f"{said} ({_link(report, known[0], url)})"
    return f"{said} ({len(known)} runs)"


def _age(report: Mapping[str, Any]) -> str:
    age = report["baseline_age_s"]
    return f"{_days(age)} old" if age is not None else "which no run matches"


def _days(seconds: float) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}" + "s" * (count != 1)
    return "less than a minute"


def _change(found: Mapping[str, Any]) -> str:
    if found["change"] is None or isinstance(found["change"], str):
        return "–"
    relative = found["relative_change"]
    part = f", {relative:+.2%}" if isinstance(relative, float) else ""
    return f"{found['change']:+.4g}{part}"


def _number(value: Any) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else f"{value:.6g}"


def _link(report: Mapping[str, Any], run: Mapping[str, Any], url: str) -> str:
    parts = (report["entity"], report["project"], "runs", run["name"])
    path = "/".join(quote(part, safe="") for part in parts)
    return f"[{_escaped(run['display_name'])}]({url}/{path})"


def _escaped(text: str) -> str:
    """Text that stays text in Markdown: no markup, no table's edge, nobody who is called by `@`."""
    plain = html.escape(printable(text), quote=False)
    return _SPECIAL.sub(r"\\\1", plain).replace("@", "@\u200b")


def printable(text: str) -> str:
    """What a user has named, without what a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
