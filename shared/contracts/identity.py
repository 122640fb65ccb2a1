"""What may be asked of identity (people, teams, keys), and what it announces.

Said in seven files, spoken as one: everything is imported from here.
"""

from __future__ import annotations

from shared.contracts._identity_audit import *  # noqa: F403
from shared.contracts._identity_invitations import *  # noqa: F403
from shared.contracts._identity_machines import *  # noqa: F403
from shared.contracts._identity_organizations import *  # noqa: F403
from shared.contracts._identity_people import *  # noqa: F403
from shared.contracts._identity_sign_in import *  # noqa: F403
from shared.contracts._identity_teams import *  # noqa: F403
