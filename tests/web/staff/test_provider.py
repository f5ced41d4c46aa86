"""Signing in through a provider of OpenID Connect: a small real one on this machine, with signed tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.web.staff.members import Member, hire


class Provider:
    """What it says of the person, and what it was asked."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
        self.claims: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.url = ""

    def token(self, form: dict[str, str]) -> dict[str, str]:
        """The tokens for a code, if the verifier is the one of the challenge."""
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != self.asked["code_challenge"]:
            return {"error": "invalid_grant"}
        own = {"iss": self.url, "aud": "nous", "sub": "s-1", "exp": int(time.time()) + 60, "iat": int(time.time())}
        claims = own | {"nonce": self.asked["nonce"]} | self.claims
        return {"id_token": jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.key)}


@pytest.fixture
def provider(app: Flask) -> Iterator[Provider]:
    """A provider, set as that of the platform."""
    made = Provider()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def send(self, answer: Any) -> None:
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            if self.path == "/keys":
                return self.send({"keys": [made.key.as_dict(private=False)]})
            endpoints = {"authorization_endpoint": "/ask", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return self.send({"issuer": made.url} | {name: made.url + path for name, path in endpoints.items()})

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send(made.token({name: values[0] for name, values in form.items()}))

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    settings = app.extensions["impact"].settings
    for name, value in (("oidc_url", made.url), ("oidc_client", "nous"), ("oidc_secret", "secret")):
        object.__setattr__(settings, name, value)
    yield made
    server.shutdown()
    server.server_close()


def come_back(provider: Provider, visitor: Member, **changed: str) -> Any:
    """Leave for the provider and come back from it."""
    left = visitor.get("/account/provider")
    provider.asked = {name: values[0] for name, values in parse_qs(urlsplit(left.location).query).items()}
    state = changed.get("state", provider.asked["state"])
    return visitor.get(f"/account/provider/answer?code=c&state={state}")


def test_a_verified_address_opens_its_account_and_the_subject_opens_it_later(app: Flask, provider: Provider) -> None:
    email = hire(app, "analyst")
    provider.claims = {"email": email, "email_verified": True}
    visitor = Member(app.test_client())
    assert come_back(provider, visitor).location == "/account/"
    assert visitor.get("/account/").status_code == 200
    provider.claims = {}
    assert come_back(provider, Member(app.test_client())).location == "/account/"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "analyst@exemple.fr", "email_verified": False},
        {"email": "inconnu@exemple.fr", "email_verified": True},
        {"email": "analyst@exemple.fr", "email_verified": True, "nonce": "autre"},
        {"email": "analyst@exemple.fr", "email_verified": True, "aud": "autre"},
        {"email": "analyst@exemple.fr", "email_verified": True, "iss": "https://autre.example"},
        {"email": "analyst@exemple.fr", "email_verified": True, "exp": 1},
    ],
)
def test_what_is_not_proven_opens_nothing(app: Flask, provider: Provider, claims: dict[str, Any]) -> None:
    hire(app, "analyst")
    provider.claims = claims
    visitor = Member(app.test_client())
    assert come_back(provider, visitor).status_code in (403, 502)
    assert visitor.get("/account/").status_code == 302


def test_another_state_opens_nothing(app: Flask, provider: Provider) -> None:
    provider.claims = {"email": hire(app, "analyst"), "email_verified": True}
    assert come_back(provider, Member(app.test_client()), state="autre").status_code == 400


def test_an_administrator_meets_the_second_factor_unless_the_provider_asked_for_two(
    app: Flask, provider: Provider
) -> None:
    object.__setattr__(app.extensions["impact"].settings, "second_factor", "administrators")
    provider.claims = {"email": hire(app, "administrator"), "email_verified": True}
    assert come_back(provider, Member(app.test_client())).location == "/account/authenticator"
    provider.claims["amr"] = ["pwd", "mfa"]
    assert come_back(provider, Member(app.test_client())).location == "/account/"
