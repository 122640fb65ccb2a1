"""What may be asked of runs (projects, runs, histories, files, artifacts), and what it announces.

Said in one file a subject, spoken as one: everything is imported from here.
"""

from __future__ import annotations

from shared.contracts._runs_artifact_events import *  # noqa: F403
from shared.contracts._runs_artifact_reading import *  # noqa: F403
from shared.contracts._runs_artifacts import *  # noqa: F403
from shared.contracts._runs_collections import *  # noqa: F403
from shared.contracts._runs_files import *  # noqa: F403
from shared.contracts._runs_histories import *  # noqa: F403
from shared.contracts._runs_imports import *  # noqa: F403
from shared.contracts._runs_lifecycle import *  # noqa: F403
from shared.contracts._runs_moves import *  # noqa: F403
from shared.contracts._runs_projects import *  # noqa: F403
from shared.contracts._runs_reports import *  # noqa: F403
from shared.contracts._runs_retention import *  # noqa: F403
from shared.contracts._runs_runs import *  # noqa: F403
from shared.contracts._runs_shares import *  # noqa: F403
from shared.contracts._runs_sweeps import *  # noqa: F403
from shared.contracts._runs_views import *  # noqa: F403
