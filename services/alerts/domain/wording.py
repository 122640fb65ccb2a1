"""What an alert says in a mail and in a chat, in English and French."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

_LABELS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "run": "Run",
        "project": "Project",
        "rule": "Rule",
        "metric": "Metric",
        "value": "Value",
        "threshold": "Limit",
        "baseline": "Baseline",
        "step": "Step",
        "username": "Started by",
        "open": "Open the run",
        "why": "You receive this because a channel of your team names this mailbox.",
        "leave": "Unsubscribe",
        "many": "{count} alerts",
        "info": "Info",
        "warn": "Warning",
        "error": "Error",
    },
    "fr": {
        "run": "Run",
        "project": "Projet",
        "rule": "Règle",
        "metric": "Métrique",
        "value": "Valeur",
        "threshold": "Limite",
        "baseline": "Référence",
        "step": "Étape",
        "username": "Lancé par",
        "open": "Ouvrir le run",
        "leave": "Se désabonner",
        "many": "{count} alertes",
        "why": "Vous recevez ce message car un canal de votre équipe cite cette adresse.",
        "info": "Info",
        "warn": "Avertissement",
        "error": "Erreur",
    },
}
CHART = "chart"
"""What the HTML calls the picture that comes with it."""
_ROWS = ("rule", "metric", "value", "threshold", "baseline", "step", "username")
_COLOURS = {"info": "#2b6cb0", "warn": "#b7791f", "error": "#c53030"}


@dataclass(frozen=True, slots=True)
class Letter:
    """Ready to be sent to one mailbox."""

    to: str
    subject: str
    text: str
    html: str


def letter(
    to: str,
    facts: Mapping[str, Any],
    language: str,
    *,
    leave: str | None = None,
    has_chart: bool = False,
) -> Letter:
    """A mail in the recipient's language. `leave` is the address to unsubscribe at."""
    words = _LABELS.get(language, _LABELS["en"])
    if "digest" in facts:
        return _digest(to, facts["digest"], words, leave)
    severity = words.get(str(facts.get("severity")), "")
    rows = _rows(facts, words)
    text = "\n".join(
        [
            f"{severity}: {facts.get('title')}",
            "",
            str(facts.get("text") or ""),
            "",
            *(f"{label}: {value}" for label, value in rows),
            "",
            f"{words['open']}: {facts.get('link')}",
            "",
            "-- ",
            words["why"],
            *([f"{words['leave']}: {leave}"] if leave else []),
        ]
    )
    cells = "".join(
        f'<tr><td style="padding:2px 12px 2px 0;color:#666">{escape(label)}</td>'
        f"<td>{escape(value)}</td></tr>"
        for label, value in rows
    )
    metric = escape(str(facts.get("metric")))
    chart = f'<p><img src="cid:{CHART}" alt="{metric}"></p>' if has_chart else ""
    way_out = f' <a href="{escape(leave)}">{escape(words["leave"])}</a>' if leave else ""
    html = (
        '<!doctype html><html><body style="font-family:sans-serif">'
        f'<h2 style="color:{_COLOURS.get(str(facts.get("severity")), "#333")}">'
        f"{escape(severity)}: {escape(str(facts.get('title')))}</h2>"
        f'<p style="white-space:pre-wrap">{escape(str(facts.get("text") or ""))}</p>'
        f"<table>{cells}</table>{chart}"
        f'<p><a href="{escape(str(facts.get("link")))}">{escape(words["open"])}</a></p>'
        f'<p style="color:#666;font-size:small">{escape(words["why"])}{way_out}</p></body></html>'
    )
    return Letter(to, f"[Cordée] {severity}: {facts.get('title')}", text, html)


def _digest(
    to: str, told: Sequence[Mapping[str, Any]], words: Mapping[str, str], leave: str | None
) -> Letter:
    """One line for each; what happened in which run, and where to look."""
    count = words["many"].format(count=len(told))
    lines = [f"{words.get(str(one.get('severity')), '')}: {one.get('title')}" for one in told]
    text = "\n".join(
        [
            count,
            "",
            *(
                f"{line}\n  {one.get('text') or ''}\n  {one.get('link')}"
                for line, one in zip(lines, told, strict=True)
            ),
            "",
            "-- ",
            words["why"],
            *([f"{words['leave']}: {leave}"] if leave else []),
        ]
    )
    items = "".join(
        f'<li><a href="{escape(str(one.get("link")))}">{escape(line)}</a><br>'
        f"{escape(str(one.get('text') or ''))}</li>"
        for line, one in zip(lines, told, strict=True)
    )
    way_out = f' <a href="{escape(leave)}">{escape(words["leave"])}</a>' if leave else ""
    html = (
        f'<!doctype html><html><body style="font-family:sans-serif"><h2>{escape(count)}</h2>'
        f'<ul>{items}</ul><p style="color:#666;font-size:small">{escape(words["why"])}{way_out}</p>'
        "</body></html>"
    )
    return Letter(to, f"[Cordée] {count}", text, html)


def slack_message(facts: Mapping[str, Any], chart_url: str | None = None) -> dict[str, Any]:
    """A message in Slack's form; what a user wrote can neither link nor call anybody."""
    words = _LABELS["en"]
    title = _quiet(str(facts.get("title")))
    fields = [
        {"title": label, "value": _quiet(value), "short": True}
        for label, value in _rows(facts, words)
    ]
    return {
        "text": f"{words.get(str(facts.get('severity')), '')}: {title}",
        "attachments": [
            {
                "color": _COLOURS.get(str(facts.get("severity")), "#333"),
                "title": title,
                "title_link": facts.get("link"),
                "text": _quiet(str(facts.get("text") or "")),
                "fields": fields,
                **({"image_url": chart_url} if chart_url else {}),
            }
        ],
    }


def _rows(facts: Mapping[str, Any], words: Mapping[str, str]) -> list[tuple[str, str]]:
    place = f"{facts.get('entity')}/{facts.get('project')}"
    first = [(words["project"], place), (words["run"], str(facts.get("run_name")))]
    rest = [(words[name], str(facts[name])) for name in _ROWS if facts.get(name) is not None]
    return first + rest


def _quiet(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
