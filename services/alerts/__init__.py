"""Rules, alerts and deliveries."""
