"""Texts of reports that other programs wrote, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_SIGNS = re.compile(r"([\\`*_\[\]<>~])")
_MARKS = (("inlineCode", "`"), ("bold", "**"), ("italic", "*"), ("strikethrough", "~~"))


def markdown_of(block: Any) -> str | None:
    """None where the block is no text."""
    if not isinstance(block, Mapping):
        return None
    kind, children = block.get("type"), _children(block)
    if kind == "markdown-block":
        return _text(block.get("content"))
    if kind in ("paragraph", "default"):
        return _inline(children)
    if kind == "heading":
        level = block.get("level")
        depth = level if isinstance(level, int) and 1 <= level <= 6 else 1
        return f"{'#' * depth} {_inline(children)}"
    if kind == "list":
        return "\n".join(_items(block))
    if kind == "block-quote":
        return _quoted(_inline(children))
    if kind == "callout-block":
        return _quoted("\n".join(_inline(_children(line)) for line in children))
    if kind == "code-block":
        lines = "\n".join(_bare(_children(line)) for line in children)
        return f"```{_text(block.get('language'))}\n{lines}\n```"
    if kind == "latex":
        return f"```latex\n{_text(block.get('content'))}\n```"
    if kind == "horizontal-rule":
        return "---"
    if kind == "image":
        return f"![{_inline(children)}]({_text(block.get('url'))})"
    return None


def _items(block: Mapping[str, Any]) -> list[str]:
    sign = "1." if block.get("ordered") is True else "-"
    found = []
    for item in _children(block):
        tick = {True: "[x] ", False: "[ ] "}.get(item.get("checked"), "")  # type: ignore[arg-type]
        parts = [markdown_of(part) or _inline([part]) for part in _children(item)]
        text = "\n".join(parts).replace("\n", "\n  ")
        found.append(f"{sign} {tick}{text}")
    return found


def _inline(children: Sequence[Mapping[str, Any]]) -> str:
    found = []
    for child in children:
        if child.get("type") == "link":
            found.append(f"[{_inline(_children(child))}]({_text(child.get('url'))})")
        elif child.get("type") == "latex":
            found.append(f"`{_text(child.get('content'))}`")
        elif "children" in child:
            found.append(_inline(_children(child)))
        else:
            found.append(_marked(child))
    return "".join(found)


def _marked(child: Mapping[str, Any]) -> str:
    text = _text(child.get("text"))
    if not text.strip():
        return text
    if not child.get("inlineCode"):
        text = _SIGNS.sub(r"\\\1", text)
    for name, sign in _MARKS:
        if child.get(name) is True:
            text = f"{sign}{text}{sign}"
    return text


def _bare(children: Sequence[Mapping[str, Any]]) -> str:
    return "".join(_text(child.get("text")) for child in children)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def _children(block: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = block.get("children")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
