"""Bodies of webhooks: JSON with `${variables}`, whose values can never change its shape."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from shared.errors import Invalid

MOST = 64 * 1024
_VARIABLE = re.compile(r"\$\{\s*([A-Za-z0-9_.]+)\s*\}")
_ALSO = {
    "project_name": "project",
    "entity_name": "entity",
    "run_id": "run",
    "event_type": "kind",
    "event_author": "username",
    "run_url": "link",
    "rule_name": "rule",
    "metric_name": "metric",
    "metric_value": "value",
    "artifact_collection_name": "artifact_collection",
    "artifact_version_string": "artifact",
    "artifact_version_index": "artifact_version",
}
"""Names that other trackers use → ours."""

VARIABLES = (
    *("alert_id", "kind", "severity", "title", "text", "rule", "entity", "project", "run"),
    *("run_name", "run_state", "username", "metric", "value", "threshold", "baseline", "step"),
    *("link", "timestamp", "artifact", "artifact_collection", "artifact_version"),
    *("artifact_type", "alias", "tag"),
)


def checked(template: str, field: str = "template") -> str:
    """The template, or Invalid saying what is wrong with it."""
    check_variables(template, field)
    try:
        json.loads(rendered(template, dict.fromkeys(VARIABLES, "x")))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{field}: is not JSON: {error}.", field=field) from error
    return template


def check_variables(text: str, field: str) -> None:
    """Invalid for a variable that there is not, which would be sent as nothing."""
    if len(text) > MOST:
        raise Invalid(f"{field}: more than {MOST} characters.", field=field)
    for name in _VARIABLE.findall(text):
        if _ALSO.get(name, name) not in VARIABLES:
            raise Invalid(
                f"{field}: ${{{name}}} is no variable. Use one of {', '.join(VARIABLES)}.",
                field=field,
            )


def filled(text: str, facts: Mapping[str, Any]) -> str:
    """Plain text with its variables; what has no value is left out."""

    def value_of(found: re.Match[str]) -> str:
        value = facts.get(_ALSO.get(found[1], found[1]))
        return "" if value is None else str(value)

    return _VARIABLE.sub(value_of, text)


def rendered(template: str, facts: Mapping[str, Any]) -> str:
    """Inside a JSON text a value is escaped; outside of one it stands as JSON itself."""
    pieces, at, inside = [], 0, False
    for found in _VARIABLE.finditer(template):
        before = template[at : found.start()]
        inside = _inside_after(before, inside)
        value = facts.get(_ALSO.get(found[1], found[1]))
        if inside:
            text = "" if value is None else value if isinstance(value, str) else json.dumps(value)
            pieces += [before, json.dumps(text, ensure_ascii=True)[1:-1]]
        else:
            pieces += [before, json.dumps(value)]
        at = found.end()
    return "".join([*pieces, template[at:]])


def _inside_after(text: str, inside: bool) -> bool:
    """Whether what follows `text` stands within quotation marks."""
    escaped = False
    for sign in text:
        if escaped:
            escaped = False
        elif sign == "\\" and inside:
            escaped = True
        elif sign == '"':
            inside = not inside
    return inside
