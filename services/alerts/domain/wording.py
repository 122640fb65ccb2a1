"""What an alert says in a mail and in a chat, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
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
        "why": "Vous recevez ce message car un canal de votre équipe cite cette adresse.",
        "info": "Info",
        "warn": "Avertissement",
        "error": "Erreur",
    },
}
_ROWS = ("rule", "metric", "value", "threshold", "baseline", "step", "username")
_COLOURS = {"info": "#2b6cb0", "warn": "#b7791f", "error": "#c53030"}


@dataclass(frozen=True, slots=True)
class Letter:
    """Ready to be sent to one mailbox."""

    to: str
    subject: str
    text: str
    html: str


def letter(to: str, facts: Mapping[str, Any], language: str) -> Letter:
    """A mail in the recipient's language."""
    words = _LABELS.get(language, _LABELS["en"])
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
        ]
    )
    cells = "".join(
        f'<tr><td style="padding:2px 12px 2px 0;color:#666">{escape(label)}</td>'
        f"<td>{escape(value)}</td></tr>"
        for label, value in rows
    )
    html = (
        '<!doctype html><html><body style="font-family:sans-serif">'
        f'<h2 style="color:{_COLOURS.get(str(facts.get("severity")), "#333")}">'
        f"{escape(severity)}: {escape(str(facts.get('title')))}</h2>"
        f'<p style="white-space:pre-wrap">{escape(str(facts.get("text") or ""))}</p>'
        f"<table>{cells}</table>"
        f'<p><a href="{escape(str(facts.get("link")))}">{escape(words["open"])}</a></p>'
        f'<p style="color:#666;font-size:small">{escape(words["why"])}</p></body></html>'
    )
    return Letter(to, f"[Cordée] {severity}: {facts.get('title')}", text, html)


def slack_message(facts: Mapping[str, Any]) -> dict[str, Any]:
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
