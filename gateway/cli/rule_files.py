"""Rules kept in files: read with the line of everything, so that a mistake can be pointed at.

A file is YAML (JSON is YAML too): `project: team/demo` or `team: NAME`, and `rules:`, a list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.contracts.alerts import Severity, When

Name = Annotated[str, Field(min_length=1, max_length=255)]
_ENDINGS = (".yaml", ".yml", ".json")


class RuleInFile(BaseModel):
    """What can be said of a rule; what is left out is as the server's own default has it."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    description: str = ""
    when: When
    notify: Annotated[list[Name], Field(max_length=20)] = []
    title: str | None = None
    text: str | None = None
    payload: str | dict[str, Any] | list[Any] | None = None
    severity: Severity = "warn"
    cooldown_s: Annotated[float, Field(ge=0, le=30 * 86_400)] = 0.0
    once_per_run: bool | None = None
    filters: dict[str, Any] | None = None
    enabled: bool = True


class RuleFile(BaseModel):
    """One place's rules."""

    model_config = ConfigDict(extra="forbid")

    project: Annotated[str | None, Field(pattern=r"^[^/]+/[^/]+$")] = None
    team: Name | None = None
    rules: list[RuleInFile]


@dataclass(frozen=True, slots=True)
class Place:
    """A project, or a whole team where `project` is None."""

    entity: str
    project: str | None

    def __str__(self) -> str:
        return self.entity if self.project is None else f"{self.entity}/{self.project}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule as a file has it, and where that says so."""

    place: Place
    rule: RuleInFile
    at: str


class Wrong(Exception):
    """What is wrong, a line for each mistake."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def read(folder: Path) -> dict[Place, list[Wanted]]:
    """Every file of a folder and of those below it; raises Wrong with all mistakes at once."""
    found: dict[Place, list[Wanted]] = {}
    mistakes: list[str] = []
    for file in sorted(one for one in folder.rglob("*") if one.suffix in _ENDINGS):
        try:
            place, rules = _read_file(file, file.relative_to(folder))
        except Wrong as wrong:
            mistakes += wrong.mistakes
            continue
        for rule in rules:
            known = {other.rule.name: other.at for other in found.get(place, [])}
            if rule.rule.name in known:
                where = known[rule.rule.name]
                mistakes.append(f"{rule.at}: {place} has a rule {rule.rule.name!r} in {where}")
            found.setdefault(place, []).append(rule)
        found.setdefault(place, [])
    if mistakes:
        raise Wrong(mistakes)
    return found


def _read_file(file: Path, shown: Path) -> tuple[Place, list[Wanted]]:
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        given = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Wrong([f"{shown}:{line}: {error.problem}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError) as error:
        raise Wrong([f"{shown}:1: {error}"]) from error
    try:
        said = RuleFile.model_validate(given)
    except ValidationError as error:
        mistakes = [_mistake(shown, node, dict(one)) for one in error.errors()]
        raise Wrong(list(dict.fromkeys(mistakes))) from error
    if (said.project is None) == (said.team is None):
        raise Wrong([f"{shown}:1: either `project: entity/project` or `team: name` is needed"])
    entity, _, project = (said.project or said.team or "").partition("/")
    place = Place(entity, project or None)
    lines = [_line(node, ("rules", index)) for index in range(len(said.rules))]
    rules = zip(said.rules, lines, strict=True)
    return place, [Wanted(place, rule, f"{shown}:{line}") for rule, line in rules]


def _mistake(file: Path, node: Any, error: Mapping[str, Any]) -> str:
    """`file:line: path: what is wrong and what is allowed`."""
    loc = tuple(error["loc"])
    path = ".".join(str(part) for part in _named(loc))
    message = error["msg"]
    if error["type"] == "extra_forbidden":
        message = f"is not known; allowed: {', '.join(_allowed(loc))}"
    elif error["type"] == "union_tag_invalid":
        message = f"kind {error['ctx']['tag']!r} is none of {error['ctx']['expected_tags']}"
    elif error["type"] == "missing":
        message = "is missing"
    return f"{file}:{_line(node, loc)}: {path or 'the file'}: {message}"


def _named(loc: Sequence[Any]) -> Iterator[Any]:
    """Without the name of the kind that pydantic puts behind `when`."""
    for index, part in enumerate(loc):
        if not (index and loc[index - 1] == "when" and part in _kinds()):
            yield part


def _allowed(loc: Sequence[Any]) -> list[str]:
    """The fields that there are where an unknown one was found."""
    if "when" in loc:
        kind = loc[list(loc).index("when") + 1]
        return sorted(_kinds()[kind].model_fields) if kind in _kinds() else []
    return sorted((RuleInFile if "rules" in loc else RuleFile).model_fields)


def _kinds() -> dict[str, type[BaseModel]]:
    members = When.__origin__.__args__  # type: ignore[attr-defined]  # Annotated[A | B | …]
    return {model.model_fields["kind"].annotation.__args__[0]: model for model in members}


def _line(node: Any, loc: Sequence[Any]) -> int:
    """Of the deepest part of the path that the file has."""
    line: int = node.start_mark.line + 1 if node is not None else 1
    for part in _named(loc):
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == part:
                    line, node = key.start_mark.line + 1, value
                    break
            else:
                return line
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                return line
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def written(place: Place, rules: Sequence[RuleInFile]) -> str:
    """A file's text: only what is not as it would be anyway."""
    where = {"team": place.entity} if place.project is None else {"project": str(place)}
    body = {**where, "rules": [_said(rule) for rule in rules]}
    return yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100)


def of_server(rule: Mapping[str, Any]) -> RuleInFile:
    """A rule as the server tells it, in the form of a file."""
    same = {name: rule[name] for name in RuleInFile.model_fields if name in rule}
    for name in ("filters", "payload"):
        if isinstance(same.get(name), str):
            same[name] = _json(same[name])
    return RuleInFile.model_validate(same)


def differences(ours: RuleInFile, theirs: RuleInFile) -> dict[str, tuple[Any, Any]]:
    """Field → what the server has, what the file says."""
    mine, known = ours.model_dump(mode="json"), theirs.model_dump(mode="json")
    if ours.once_per_run is None:
        mine["once_per_run"] = known["once_per_run"]
    if isinstance(mine["payload"], str):
        mine["payload"] = _json(mine["payload"])
    return {name: (known[name], mine[name]) for name in mine if mine[name] != known[name]}


def _said(rule: RuleInFile) -> dict[str, Any]:
    said = rule.model_dump(mode="json", exclude_defaults=True)
    once = rule.when.kind not in ("alert", "artifact")
    if said.get("once_per_run") == once:
        del said["once_per_run"]
    return said


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
