"""The one table: what each system did, and how often Cordée did as much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.works import Row

OURS = "Cordée"
HEAD = (
    "work", "C", "system", "points/s", "readable/s", "runs/s", "Cordée ×", "CPU s / 1 M",
    "bytes / point", "peak MB", "p50 ms", "p99 ms", "create p99 ms", "read back",
)  # fmt: skip


def markdown(rows: Sequence[Row]) -> str:
    """All rows, works together, ratios within each."""
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(_cells(row, rows)) + " |" for row in _sorted(rows)]
    return "\n".join(lines)


def _sorted(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.work, row.writers, row.system != OURS, -row.rate))


def _cells(row: Row, rows: Sequence[Row]) -> list[str]:
    ours = next(
        (r for r in rows if (r.work, r.writers, r.system) == (row.work, row.writers, OURS)), None
    )
    ratio = f"{ours.rate / row.rate:.2f}" if ours and row.rate else "–"
    share = row.points / row.sent if row.sent else 0.0
    return [
        row.work,
        str(row.writers),
        row.system,
        _count(row.rate),
        _count(row.readable_rate) if row.readable_rate else "–",
        f"{row.runs / row.seconds:.1f}" if row.seconds else "–",
        ratio,
        f"{row.cpu_per_million:.2f}",
        f"{row.bytes_per_point:.1f}" if row.disk else "–",
        f"{row.peak / 1e6:.0f}",
        f"{row.wait_p50 * 1000:.1f}",
        f"{row.wait_p99 * 1000:.1f}",
        f"{row.creation_p99 * 1000:.1f}" if row.creation_p99 else "–",
        f"{share:.0%}" if not row.system.startswith("sink") else "not kept",
    ]


def _count(number: float) -> str:
    return f"{number / 1e6:.2f} M" if number >= 1e6 else f"{number / 1e3:.1f} k"
