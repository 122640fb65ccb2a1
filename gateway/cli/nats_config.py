"""`deploy/nats.conf`, for a NATS server that Cordée does not start itself."""

from __future__ import annotations

import json

from shared.messaging.grants import EVERYBODY, permissions_for


def render() -> str:
    """The whole file; passwords come from the server's environment."""
    return _HEAD + "server_name: cordee\n" + _SERVER + _authorization()


def render_cluster() -> str:
    """The same for each server of a cluster; its name and its routes come on its command line."""
    return _HEAD + _SERVER + _CLUSTER + _authorization()


_HEAD = "# Printed from shared/messaging/grants.py by `make docs`; a test keeps it true.\n"
_SERVER = """\
port: 4222
http: 8222
max_payload: 16MB
max_pending: 128MB
write_deadline: "10s"
jetstream {
  store_dir: /data
  max_file_store: 40GB
  max_memory_store: 256MB
  sync_interval: always
}
"""
_CLUSTER = """\
# Who is frozen or cut off closes nothing; by default that is noticed after six minutes.
ping_interval: "1s"
ping_max: 3
cluster {
  name: cordee
  port: 6222
  no_advertise: true
  # One connection between two servers: of several, each dialled from both ends, too many are closed
  # as duplicates once a partition has healed, and dialled again.
  pool_size: -1
  ping_interval: "1s"
  ping_max: 3
  authorization { user: routes, password: $NATS_ROUTES_PASSWORD, timeout: 5 }
}
"""


def _authorization() -> str:
    users = []
    for name in EVERYBODY:
        granted = permissions_for(name)
        users.append(
            f"    {{ user: {name}, password: $NATS_{name.upper()}_PASSWORD, permissions: {{\n"
            f"      publish: {{ allow: {json.dumps(granted['publish'])} }},\n"
            f"      subscribe: {{ allow: {json.dumps(granted['subscribe'])} }},\n"
            '      allow_responses: { max: 1, expires: "2m" } } }'
        )
    return "authorization {\n  users: [\n" + ",\n".join(users) + "\n  ]\n}\n"
