"""An OpenID provider as a process of its own: Authlib's server on Flask, with people in memory.

`python oidc_provider.py <port> [redirect URI]`. `GET /authorize` asks who it is, and with
`&as_user=<name>` signs in as that person at once; the mailbox `<name>@example.com` is proven unless
the name begins with `unproven`.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from html import escape
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, request
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "cordee", "the-client-secret"
REDIRECT_URI = sys.argv[2] if len(sys.argv) > 2 else "http://cordee.example/sso"
PORT = int(sys.argv[1]) if len(sys.argv) > 1 else 0
ISSUER = f"http://127.0.0.1:{PORT}"


class Client(ClientMixin):
    """Cordée, the only client."""

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> str:
        return REDIRECT_URI

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == REDIRECT_URI

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class Code:
    """What was agreed on when the browser was sent back."""

    code: str
    client_id: str
    redirect_uri: str
    scope: str
    user: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    auth_time: int = field(default_factory=lambda: int(time.time()))

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


CODES: dict[str, Code] = {}
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})


class CodeGrant(AuthorizationCodeGrant):
    """Codes in memory, good for one use."""

    TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012  # the library's form

    def save_authorization_code(self, code: str, request: Any) -> None:
        data = request.payload.data
        CODES[code] = Code(
            code=code,
            client_id=request.client.get_client_id(),
            redirect_uri=request.payload.redirect_uri,
            scope=request.payload.scope,
            user=request.user,
            nonce=data.get("nonce"),
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
        )

    def query_authorization_code(self, code: str, client: Any) -> Code | None:
        return CODES.get(code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        CODES.pop(authorization_code.code, None)

    def authenticate_user(self, authorization_code: Code) -> str:
        return authorization_code.user


class OpenId(OpenIDCode):
    """ID tokens with the mailbox inside."""

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        return False

    def get_jwt_config(self, grant: Any, client: Any = None) -> dict[str, Any]:
        return {"key": KEY.as_dict(private=True), "alg": "RS256", "iss": ISSUER, "exp": 300}

    def generate_user_info(self, user: str, scope: str) -> UserInfo:
        return UserInfo(
            sub=f"id-of-{user}",
            name=user.title(),
            preferred_username=user,
            email=f"{user}@example.com",
            email_verified=not user.startswith("unproven"),
        )


app = Flask(__name__)
server = AuthorizationServer(
    app,
    query_client=lambda client_id: Client() if client_id == CLIENT_ID else None,
    save_token=lambda token, request: None,
)
server.register_grant(CodeGrant, [OpenId(require_nonce=True), CodeChallenge(required=True)])


@app.get("/.well-known/openid-configuration")
def describe() -> Response:
    return jsonify(
        issuer=ISSUER,
        authorization_endpoint=f"{ISSUER}/authorize",
        token_endpoint=f"{ISSUER}/token",
        jwks_uri=f"{ISSUER}/keys",
    )


@app.get("/keys")
def keys() -> Response:
    return jsonify(keys=[KEY.as_dict(private=False)])


@app.get("/authorize")
def authorize() -> Any:
    if "as_user" in request.args:
        return server.create_authorization_response(grant_user=request.args["as_user"])
    asked = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in request.args.items()
    )
    return f"""<!doctype html><title>The Company</title><form>{asked}
        <label>User name <input name="as_user"></label> <button>Sign in</button></form>"""


@app.post("/token")
def token() -> Any:
    return server.create_token_response()


if __name__ == "__main__":
    app.run(port=PORT)
