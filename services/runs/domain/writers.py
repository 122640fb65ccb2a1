"""Several writers of one run, the SDK's shared mode: each counts its own lines, from nought or from
where the run stood when it began. Here they get places one behind the other, as they arrive.
"""

from __future__ import annotations

from dataclasses import replace

from services.runs.domain.run import Run

MOST_WRITERS = 4_096
"""Whoever was heard of least lately is forgotten; lines that it sends again would come twice."""

Known = dict[str, dict[str, int]]


class Places:
    """Where the next lines of a run go. Asked again from the same run, it answers the same."""

    def __init__(self, run: Run) -> None:
        self._progress = replace(run.progress)
        self.writers: Known = {name: dict(counts) for name, counts in run.writers.items()}

    def take(self, writer: str, stream: str, first: int, count: int) -> tuple[int, int]:
        """How many of a writer's lines are there already, and the place of the others.

        Lines of the console count as there, too: one that is written anew, as progress bars do,
        stays as it was, because others' lines may stand behind it.
        """
        counts = self.writers.pop(writer, {})
        self.writers[writer] = counts
        while len(self.writers) > MOST_WRITERS:
            del self.writers[next(iter(self.writers))]
        said = counts.get(stream, first)
        known = min(count, max(0, said - first))
        counts[stream] = max(said, first + count)
        place: int = getattr(self._progress, stream)
        setattr(self._progress, stream, place + count - known)
        return known, place

    def reach(self, stream: str, end: int) -> None:
        """Lines of a writer that knows the places itself."""
        setattr(self._progress, stream, max(getattr(self._progress, stream), end))
