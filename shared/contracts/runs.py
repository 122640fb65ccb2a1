"""What may be asked of runs (projects, runs, histories, files), and what it announces.

Said in five files, spoken as one: everything is imported from here.
"""

from __future__ import annotations

from shared.contracts._runs_files import *  # noqa: F403
from shared.contracts._runs_histories import *  # noqa: F403
from shared.contracts._runs_moves import *  # noqa: F403
from shared.contracts._runs_projects import *  # noqa: F403
from shared.contracts._runs_runs import *  # noqa: F403
