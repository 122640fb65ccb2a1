"""Runs brought in from elsewhere, and taken out: sources, what they carry, and where it lands."""
