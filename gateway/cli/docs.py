"""Print the pages that are generated from the code: `python -m gateway.cli.docs`."""

from __future__ import annotations

from pathlib import Path

from gateway.cli import nats_config
from shared import permissions
from shared.contracts import catalogue

ROOT = Path(__file__).parents[2]
PAGES = {
    "docs/subjects.md": catalogue.render,
    "docs/permissions.md": permissions.render,
    "deploy/nats.conf": nats_config.render,
    "deploy/helm/cordee/files/nats.conf": nats_config.render_cluster,
}


def main() -> None:
    """Write every page; tests compare them with the code."""
    for name, render in PAGES.items():
        (ROOT / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
