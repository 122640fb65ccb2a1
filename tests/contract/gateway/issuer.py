"""An OpenID issuer in a thread: its keys, tokens for CI jobs, and codes for single sign-on."""

from __future__ import annotations

import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "cordee", "the-client-secret"


class Issuer:
    """`url` is its name and where it answers."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self._codes: dict[str, dict[str, Any]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def token(self, **claims: Any) -> str:
        """A signed one that holds for five minutes."""
        whole = {"iss": self.url, "exp": int(time.time()) + 300, **claims}
        return jwt.encode({"alg": "RS256", "kid": "one"}, whole, self._key)

    def code_for(self, name: str, authorization_url: str) -> str:
        """Somebody signs in at the page that the browser was sent to."""
        asked = parse_qs(urlsplit(authorization_url).query)
        code = secrets.token_urlsafe()
        self._codes[code] = {
            "sub": f"id-of-{name}",
            "aud": CLIENT_ID,
            "nonce": asked["nonce"][0],
            "email": f"{name}@example.com",
            "email_verified": True,
            "preferred_username": name,
        }
        return code

    def _answer(self, path: str, form: dict[str, list[str]]) -> Any:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/keys",
            }
        if path == "/keys":
            return {"keys": [self._key.as_dict(private=False)]}
        claims = self._codes.pop(form.get("code", [""])[0], None)
        if claims is None:
            return {"error": "invalid_grant"}
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.token(**claims)}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the library's name
                self._send({})

            def do_POST(self) -> None:  # the library's name
                size = int(self.headers["Content-Length"])
                self._send(parse_qs(self.rfile.read(size).decode()))

            def _send(self, form: dict[str, list[str]]) -> None:
                found = answer(urlsplit(self.path).path, form)
                body = json.dumps(found).encode()
                self.send_response(400 if "error" in found else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Quietly."""

        return Handler
