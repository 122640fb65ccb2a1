"""For clients that speak to loopback, where nothing is encrypted."""

from __future__ import annotations

import ssl

TLS = ssl.create_default_context()
"""Given as `verify`. Made once: it costs more than a request, and httpx makes one a client."""
