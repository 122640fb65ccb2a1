"""The data dir as it lies on the disk: who may read it, what is missing, how much room is left."""

from __future__ import annotations

import json
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from shared.checkup.finding import Finding, bad, ok, skipped, warn
from shared.embedded.binaries import find_mongod, find_nats_server
from shared.embedded.failures import CannotStart
from shared.embedded.installation import Installation
from shared.embedded.secrets import KEYS

GIB = 1024**3
SCARCE, SPENT = 10 * GIB, GIB
"""Free bytes below which a person should look, and below which INGEST may soon refuse."""
KEY_HEX = 64
FUTURE_S = 120.0


def examine(root: Path) -> Iterator[Finding]:
    """Everything that can be seen without asking a server."""
    if not root.is_dir():
        yield bad("data dir", f"{root} is not there.", "Name the right one with --data-dir.")
        return
    yield _private(root)
    yield from _secrets(root / "secrets")
    yield _room(root)
    yield _clock(root)
    yield _synced(root / "run" / "nats-server.json")
    yield from _programs(root / "installation.json")


def _private(root: Path) -> Finding:
    mode = stat.S_IMODE(root.stat().st_mode)
    if mode & 0o077:
        return bad("data dir", f"{root} is open to others ({mode:o}).", f"chmod 700 {root}")
    return ok("data dir", f"{root}, for its owner alone")


def _secrets(folder: Path) -> Iterator[Finding]:
    if not folder.is_dir():
        yield skipped("secrets", "Nothing was started here yet.")
        return
    lost = [name for name in KEYS if not (folder / name).exists()]
    if lost:
        yield bad(
            "secrets",
            f"{', '.join(lost)} missing: keys and stored secrets cannot be read without them.",
            "Restore the folder `secrets` from your backup.",
        )
    files = [path for path in folder.iterdir() if path.is_file()]
    opened = [path.name for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077]
    weak = [
        name
        for name in KEYS
        if name not in lost and len((folder / name).read_text(encoding="utf-8").strip()) < KEY_HEX
    ]
    if opened:
        yield bad("secrets", f"{', '.join(opened)} can be read by others.", f"chmod 600 {folder}/*")
    if weak:
        yield bad(
            "secrets",
            f"{', '.join(weak)} shorter than 32 bytes.",
            "Put back the file that Cordée made.",
        )
    if not (lost or opened or weak):
        yield ok("secrets", f"{len(files)} files, each for its owner alone")


def _room(root: Path) -> Finding:
    disk = shutil.disk_usage(root)
    said = f"{disk.free / GIB:.1f} GiB free of {disk.total / GIB:.1f}"
    remedy = "Make room: runs are refused (503) when the streams cannot grow any more."
    if disk.free < SPENT:
        return bad("disk", said, remedy)
    return warn("disk", said, remedy) if disk.free < SCARCE else ok("disk", said)


def _clock(root: Path) -> Finding:
    """A file from the future: the clock went back, and expiries and orders are wrong."""
    newest = max((path.stat().st_mtime for path in root.glob("*/*")), default=0.0)
    ahead = newest - time.time()
    if ahead > FUTURE_S:
        return bad(
            "clock",
            f"Files in {root} are {ahead:.0f} s ahead of this machine's clock.",
            "Set the clock (timedatectl set-ntp true).",
        )
    return ok("clock", "not behind what was written here")


def _synced(config: Path) -> Finding:
    if not config.exists():
        return skipped("fsync", "No embedded nats-server was started here.")
    always = json.loads(config.read_text(encoding="utf-8"))["jetstream"].get("sync_interval")
    if always != "always":
        return bad(
            "fsync",
            f"nats-server syncs every {always}: acknowledged lines die with the power.",
            'Set sync_interval to "always".',
        )
    return ok("fsync", "nats-server syncs every message before it is acknowledged")


def _programs(kept: Path) -> Iterator[Finding]:
    """What would start these data, and whether it can read them."""
    try:
        written_by = Installation.load(kept).mongod_series
        mongod, nats = find_mongod(written_by), find_nats_server()
    except CannotStart as reason:
        yield bad("versions", str(reason), "See docs/operations.md, Upgrading.")
        return
    said = f"mongod {mongod}, nats-server {nats}"
    if written_by and mongod.series != written_by:
        yield warn(
            "versions",
            f"{said}; the data were written by mongod {written_by}.",
            "Upgrade one series at a time; see docs/operations.md, Upgrading.",
        )
    else:
        yield ok("versions", said)
