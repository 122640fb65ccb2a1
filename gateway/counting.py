"""What `/metrics` tells of this gateway: requests by door and status, how long, what waits."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter(
    "cordee_requests", "Requests that were answered, by what they went to.", ["door", "status"]
)
SECONDS = Histogram(
    "cordee_request_seconds",
    "From a request's first byte to the first of its answer.",
    ["door"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
WAITING = Gauge(
    "cordee_ingest_waiting_bytes", "Logged bytes that are not yet acknowledged by the stream."
)

_DOORS = ("/graphql", "/api/", "/files/", "/artifactsV2/")
_OTHER = "web"

_counters: dict[tuple[str, int], Counter] = {}
_histograms = {door: SECONDS.labels(door) for door in ("file_stream", "graphql", "api", "files")}
_histograms |= {door: SECONDS.labels(door) for door in ("artifactsV2", _OTHER)}


def door_of(path: str) -> str:
    """The few words that requests are told apart by: a path would be a name of somebody's."""
    if path.endswith("/file_stream"):
        return "file_stream"
    for door in _DOORS:
        if path.startswith(door):
            return door.strip("/")
    return _OTHER


def count(path: str, status: int, seconds: float) -> None:
    """One request that was answered."""
    door = door_of(path)
    counter = _counters.get((door, status))
    if counter is None:  # a label is looked up once, not with every request
        counter = _counters[door, status] = REQUESTS.labels(door, str(status))
    counter.inc()
    _histograms[door].observe(seconds)


def tell_waiting(read: Callable[[], float]) -> None:
    """What waits is asked for when somebody looks."""
    WAITING.set_function(read)
