"""Whether the same work was done before: the same config with the same code."""

from __future__ import annotations

import hashlib
import json

from services.runs.domain.searchable import checked_object


def fingerprint(config: str, commit: str | None) -> str | None:
    """Of what the author chose; None where there is no commit, or nothing was chosen.

    What the SDK keeps for itself in the config (`_wandb`) differs from run to run.
    """
    chosen = {
        key: entry["value"] if isinstance(entry, dict) and "value" in entry else entry
        for key, entry in checked_object(config, "config").items()
        if key != "_wandb"
    }
    if not commit or not chosen:
        return None
    text = json.dumps([commit, chosen], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
