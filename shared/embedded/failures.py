"""Why Cordée cannot start, said in one line that tells what to do."""

from __future__ import annotations


class CannotStart(Exception):
    """Trying again changes nothing; the message is one line for whoever typed the command."""


class NotReady(Exception):
    """A server runs but does not answer as it should; starting it again may help."""
