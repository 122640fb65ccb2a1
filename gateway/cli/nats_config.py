"""`deploy/nats.conf`, for a NATS server that Cordée does not start itself."""

from __future__ import annotations

import json

from shared.messaging.grants import EVERYBODY, permissions_for


def render() -> str:
    """The whole file; passwords come from the server's environment."""
    users = []
    for name in EVERYBODY:
        granted = permissions_for(name)
        users.append(
            f"    {{ user: {name}, password: $NATS_{name.upper()}_PASSWORD, permissions: {{\n"
            f"      publish: {{ allow: {json.dumps(granted['publish'])} }},\n"
            f"      subscribe: {{ allow: {json.dumps(granted['subscribe'])} }},\n"
            '      allow_responses: { max: 1, expires: "2m" } } }'
        )
    return (
        "# Printed from shared/messaging/grants.py by `make docs`; a test keeps it true.\n"
        "server_name: cordee\n"
        "port: 4222\n"
        "http: 8222\n"
        "max_payload: 16MB\n"
        "max_pending: 128MB\n"
        'write_deadline: "10s"\n'
        "jetstream {\n"
        "  store_dir: /data\n"
        "  max_file_store: 40GB\n"
        "  max_memory_store: 256MB\n"
        "  sync_interval: always\n"
        "}\n"
        "authorization {\n  users: [\n" + ",\n".join(users) + "\n  ]\n}\n"
    )
