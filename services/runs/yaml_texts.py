"""YAML as sweeps are written in, read without anything that could grow or run."""

from __future__ import annotations

import yaml

from shared.errors import Invalid

MOST = 1024 * 1024


class _Plain(yaml.SafeLoader):
    """No aliases: a handful of them can stand for gigabytes."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not taken")
        return super().compose_node(parent, index)


def read_yaml(text: str) -> object:
    """Raises Invalid."""
    if len(text) > MOST:
        raise Invalid(f"config: more than {MOST} characters.", field="config")
    try:
        return yaml.load(text, _Plain)  # noqa: S506 - a SafeLoader, only stricter
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Invalid(f"config: not YAML ({error}).", field="config") from error
