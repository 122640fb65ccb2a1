"""A wire between an SDK and Cordée that overhears which GraphQL operations are asked for.

Everything is passed on as it is; only the operation's name is noted. Links in answers lead past it.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import httpx
from graphql import OperationDefinitionNode, parse

_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}


class Overhearing:
    """Serves on a port of its own until it is left; `url` is the SDK's base URL."""

    def __init__(self, target: str) -> None:
        self.operations: set[str] = set()
        heard, http = self.operations, httpx.Client(base_url=target, timeout=120, trust_env=False)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                if self.path == "/graphql":
                    heard.update(names(body))
                kept = {k: v for k, v in self.headers.items() if k.lower() not in _HOP | {"host"}}
                answer = http.request(self.command, self.path, content=body, headers=kept)
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if name.lower() not in _HOP:
                        self.send_header(name, value)
                self.send_header("content-length", str(len(answer.content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.content)

            do_GET = do_POST = do_PUT = do_HEAD = _pass_on  # noqa: N815 - its names

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._http = http
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._http.close()

    def heard(self, *names: str) -> bool:
        """Whether all of them were asked for; says which were not."""
        missing = set(names) - self.operations
        assert not missing, f"not asked for: {sorted(missing)}"
        return True


def names(body: bytes) -> list[str]:
    """Of the operations of a request."""
    document = parse(json.loads(body)["query"])
    found = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return [one.name.value for one in found if one.name is not None]
