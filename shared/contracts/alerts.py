"""What may be asked of alerts (rules, alerts, deliveries), and what it announces."""

from __future__ import annotations
