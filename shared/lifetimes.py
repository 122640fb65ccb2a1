"""How long things may be meant to last."""

from __future__ import annotations

STREAM_GRANT_S = 1.0
"""How long a gateway goes by what it was last told of a run's stream."""
LONGEST_LIFE_S = 100 * 366 * 86_400
"""A hundred years: more would lead out of the calendar."""
