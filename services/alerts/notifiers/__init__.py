"""How a delivery leaves: as a signed webhook, a message to Slack, or a mail."""
